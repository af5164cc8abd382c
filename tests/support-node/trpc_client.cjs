// @trpc/client with the link that sends calls of one tick as a batch. Prints what came back as one line
// of JSON.
"use strict";

const { createTRPCClient, httpBatchLink } = require("@trpc/client");

const [url, traceparent] = process.argv.slice(2);
const client = createTRPCClient({ links: [httpBatchLink({ url, headers: { traceparent } })] });

function fail(error) {
  console.error(error);
  process.exit(1);
}

async function main() {
  // One tick, and so one request.
  const [order, missing] = await Promise.allSettled([
    client.orders.get.query({ id: 17 }),
    client.orders.get.query({ id: 404 }),
  ]);
  const placed = await client.orders.place.mutate({ what: "a cup" });
  console.log(
    JSON.stringify({ order: order.value, missing: missing.reason.data.code, placed }),
  );
}

setTimeout(() => fail("nothing came back in time"), 60000).unref();
main().catch(fail);
