// socket.io-client, as a browser or a service has it: long polling first, then a WebSocket.
// Prints what came back as one line of JSON.
"use strict";

const { io } = require("socket.io-client");

const [address, traceparent] = process.argv.slice(2);
const socket = io(address, { extraHeaders: { traceparent }, reconnection: false, timeout: 20000 });

function fail(error) {
  console.error(error);
  process.exit(1);
}

setTimeout(() => fail("nothing came back in time"), 60000).unref();
socket.on("connect_error", fail);
socket.on("ready", async () => {
  // The change to a WebSocket is part of what is tested.
  if (socket.io.engine.transport.name !== "websocket") {
    await new Promise((resolve) => socket.io.engine.once("upgrade", resolve));
  }
  const answer = new Promise((resolve) => socket.once("chat:answer", resolve));
  socket.emit("chat:user_message", { text: "hello" });
  const text = (await answer).text;
  const seen = await socket.timeout(20000).emitWithAck("acknowledged", 1);
  const transport = socket.io.engine.transport.name;
  console.log(JSON.stringify({ id: socket.id, text, seen, transport }));
  socket.disconnect();
});
