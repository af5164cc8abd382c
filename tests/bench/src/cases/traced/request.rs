//! [`Request`]: what a service knows of a request that it traces.

/// What a service knows of a request: values that were made while it ran, as opposed to the texts in
/// its code.
#[derive(Debug)]
pub(in crate::cases) struct Request {
    pub(in crate::cases) tenant: String,
    pub(in crate::cases) status: i64,
    pub(in crate::cases) lines: i64,
    pub(in crate::cases) cached: bool,
    pub(in crate::cases) table: String,
    pub(in crate::cases) rows: i64,
    pub(in crate::cases) port: i64,
    pub(in crate::cases) region: String,
    pub(in crate::cases) bytes: i64,
    pub(in crate::cases) attempt: i64,
}

impl Request {
    /// A few that differ, to be taken in turn.
    pub(in crate::cases) fn several() -> [Self; 8] {
        let tenants = ["acme", "globex", "initech", "hooli"];
        let regions = ["eu-central-1", "us-east-1"];
        [0_u8, 1, 2, 3, 4, 5, 6, 7].map(|number| {
            let index = usize::from(number);
            Self {
                tenant: tenants[index % tenants.len()].to_owned(),
                status: if number == 7 { 404 } else { 200 },
                lines: i64::from(number) + 1,
                cached: number % 3 == 0,
                table: "orders".to_owned(),
                rows: i64::from(number) * 10,
                port: 5432,
                region: regions[index % regions.len()].to_owned(),
                bytes: 200 + i64::from(number) * 1000,
                attempt: 1,
            }
        })
    }

    /// The one whose turn it is.
    pub(in crate::cases) fn at(several: &[Self; 8], turn: u64) -> &Self {
        &several[(turn % 8) as usize]
    }
}
