use std::time::{Duration, Instant};

use redis::AsyncCommands;
use redis::cluster::ClusterClient;
use telemetry_core::testing::Capture;
use telemetry_db::redis::Connection;

use super::server::Server;
use crate::support::names;

const PATIENCE: Duration = Duration::from_secs(120);

/// Three nodes that share the slots.
struct Cluster {
    nodes: Vec<Server>,
    ports: Vec<u16>,
}

impl Cluster {
    async fn start() -> Self {
        let mut nodes = Vec::new();
        let mut ports = Vec::new();
        for _ in 0..3 {
            let (node, [port, bus]) = Server::start_node().await;
            nodes.push(node);
            ports.push((port, bus));
        }
        for (at, node) in nodes.iter().enumerate() {
            let mut connection = node.unobserved().await;
            let slots = [(0, 5460), (5461, 10922), (10923, 16383)][at];
            redis::cmd("CLUSTER")
                .arg("ADDSLOTSRANGE")
                .arg(slots.0)
                .arg(slots.1)
                .exec_async(&mut connection)
                .await
                .unwrap();
            for (port, bus) in &ports {
                let mut meet = redis::cmd("CLUSTER");
                meet.arg("MEET").arg("127.0.0.1").arg(port).arg(bus);
                meet.exec_async(&mut connection).await.unwrap();
            }
        }
        let cluster = Cluster { nodes, ports: ports.into_iter().map(|(port, _)| port).collect() };
        cluster.agree().await;
        cluster
    }

    /// Waits until every node knows of every slot.
    async fn agree(&self) {
        let started = Instant::now();
        for node in &self.nodes {
            let mut connection = node.unobserved().await;
            loop {
                let info: String =
                    redis::cmd("CLUSTER").arg("INFO").query_async(&mut connection).await.unwrap();
                if info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3") {
                    break;
                }
                assert!(started.elapsed() < PATIENCE, "no cluster: {info}");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    }
}

#[tokio::test]
async fn commands_are_operations_wherever_they_are_answered() {
    let cluster = Cluster::start().await;
    let urls = cluster.ports.iter().map(|port| format!("redis://127.0.0.1:{port}"));
    let client = ClusterClient::builder(urls.collect::<Vec<_>>())
        .connection_timeout(PATIENCE)
        .response_timeout(PATIENCE)
        .build()
        .unwrap();
    let connection = client.get_async_connection().await.unwrap();
    let mut redis = Connection::new(connection);
    let capture = Capture::start();
    let work = async {
        // Over all slots, so over all nodes.
        for number in 0..60 {
            redis.set::<_, _, ()>(format!("n:{number}"), number).await.unwrap();
        }
        let keys: Vec<String> = (0..61).map(|number| format!("n:{number}")).collect();
        let found: Vec<Option<i64>> = redis.mget(&keys).await.unwrap();
        assert_eq!(found.iter().flatten().count(), 60);
        let both: (i64, Option<i64>) =
            redis::pipe().get("n:1").get("n:1").query_async(&mut redis).await.unwrap();
        assert_eq!(both, (1, Some(1)));
        redis.lpush::<_, _, ()>("n:1", 1).await.unwrap_err();
    };
    capture.run_async(work).await;
    let spans = capture.spans();
    assert_eq!(names(&spans)[60..], ["MGET", "PIPELINE GET", "LPUSH"]);
    spans[60].expect_attribute("telemetry.db.hits", 60).expect_attribute("telemetry.db.misses", 1);
    spans[61]
        .expect_attribute("telemetry.db.hits", 2)
        .expect_attribute("db.operation.batch.size", 2);
    spans[62].expect_error("WRONGTYPE");
    capture.expect_count("db.client.operation.duration", &[("db.operation.name", "SET")], 60);
    capture.expect_sum("telemetry.db.lookups", &[("telemetry.db.key.prefix", "n")], 63.0);
    capture.assert_ledger_balances();
}
