// A venue as small as it goes: HTTPS, and WebSockets that say something at once.
import { once } from "node:events";
import { createServer } from "node:https";
import { WebSocketServer } from "ws";

const [{ cert, key }] = await once(process, "message");
const server = createServer({ cert, key }, (_request, response) => response.end("small answer"));
server.keepAliveTimeout = 600_000;
new WebSocketServer({ server }).on("connection", (stream) => stream.send("tick"));
server.listen(0, "127.0.0.21", () => process.send(server.address().port));
