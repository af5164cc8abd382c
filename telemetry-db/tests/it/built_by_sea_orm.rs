//! What sea-orm makes of entities, with values beside the text and within it.

#![allow(unreachable_pub, reason = "sea-orm's macro wants its models public")]

use sea_orm::entity::prelude::*;
use sea_orm::{
    Condition, DbBackend, JoinType, QueryOrder, QuerySelect, QueryTrait, Set, sea_query,
};
use telemetry_db::Dialect;

use crate::random::Random;

pub(crate) mod cake {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "cake")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub price: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::fruit::Entity")]
        Fruit,
    }

    impl Related<super::fruit::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Fruit.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub(crate) mod fruit {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "fruit")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub cake_id: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::cake::Entity",
            from = "Column::CakeId",
            to = "super::cake::Column::Id"
        )]
        Cake,
    }

    impl Related<super::cake::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Cake.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

/// Hundreds of statements in one dialect.
pub(crate) fn statements(dialect: Dialect) -> Vec<String> {
    let backend = match dialect {
        Dialect::Postgres => DbBackend::Postgres,
        Dialect::MySql => DbBackend::MySql,
        _ => DbBackend::Sqlite,
    };
    let mut random = Random::from_seed(7);
    let mut all = Vec::new();
    for _ in 0..20 {
        for statement in some(backend, &mut random) {
            // A backslash in it would be a question of the server's settings.
            all.push(statement.to_string().replace('\\', ""));
            all.push(statement.sql);
        }
    }
    all
}

fn some(backend: DbBackend, random: &mut Random) -> Vec<sea_orm::Statement> {
    let number = random.below(1_000) as i32;
    let name =
        (*random.pick(&["apple", "it''s -- no", "a; b /* c", "IN (1, 2)", "\"x\""])).to_owned();
    let ids: Vec<i32> = (0..1 + random.below(5)).map(|_| random.below(99) as i32).collect();
    let mut filter = Condition::all().add(cake::Column::Price.gt(number));
    if random.once_in(2) {
        filter = filter.add(cake::Column::Name.contains(&name));
    }
    if random.once_in(2) {
        let either = Condition::any()
            .add(cake::Column::Id.is_in(ids.iter().copied()))
            .add(cake::Column::Name.ne(name.as_str()));
        filter = filter.add(either);
    }
    let page = cake::Entity::find().order_by_asc(cake::Column::Id).limit(10).offset(number as u64);
    let cake =
        cake::ActiveModel { name: Set(name.clone()), price: Set(number), ..Default::default() };
    let rows = ids.iter().map(|id| fruit::ActiveModel {
        name: Set(name.clone()),
        cake_id: Set((id % 2 == 0).then_some(*id)),
        ..Default::default()
    });
    let changed =
        fruit::ActiveModel { id: Set(number), name: Set(name.clone()), ..Default::default() };
    let counted = cake::Entity::find()
        .select_only()
        .column(cake::Column::Name)
        .column_as(cake::Column::Id.count(), "count")
        .group_by(cake::Column::Name)
        .having(cake::Column::Price.lt(number));
    vec![
        cake::Entity::find().filter(filter).build(backend),
        cake::Entity::find_by_id(number).build(backend),
        page.build(backend),
        cake::Entity::find().find_also_related(fruit::Entity).build(backend),
        cake::Entity::find()
            .join(JoinType::InnerJoin, cake::Relation::Fruit.def())
            .filter(fruit::Column::Name.like(name.as_str()))
            .build(backend),
        counted.build(backend),
        cake::Entity::insert(cake).build(backend),
        fruit::Entity::insert_many(rows).build(backend),
        fruit::Entity::update(changed).validate().unwrap().build(backend),
        fruit::Entity::update_many()
            .col_expr(fruit::Column::CakeId, Expr::value(Option::<i32>::None))
            .filter(fruit::Column::Id.between(number, number + 5))
            .build(backend),
        fruit::Entity::delete_many().filter(fruit::Column::Name.eq(name)).build(backend),
        fruit::Entity::find()
            .filter(fruit::Column::CakeId.is_null())
            .filter(
                fruit::Column::CakeId.in_subquery(
                    sea_query::Query::select()
                        .column(cake::Column::Id)
                        .from(cake::Entity)
                        .and_where(cake::Column::Price.eq(number))
                        .take(),
                ),
            )
            .build(backend),
    ]
}
