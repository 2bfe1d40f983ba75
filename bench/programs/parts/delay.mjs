// A forwarder that is so many milliseconds away each way: what comes is handed on that much later, in its order, and a new
// connection first waits for the round trip of its handshake.
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [{ port, delayMs }] = await once(process, "message");
const server = createServer({ noDelay: true, allowHalfOpen: true }, (near) => {
  const far = connect({ port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  const connectedAt = performance.now() + 2 * delayMs;
  pass(near, far, connectedAt);
  pass(far, near, 0);
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));

function pass(from, to, notBefore) {
  const later = (work) => {
    const now = performance.now();
    const waitMs = Math.max(now, notBefore) + delayMs - now;
    if (waitMs <= 0) work();
    else setTimeout(() => work(), waitMs);
  };
  from.on("data", (chunk) => later(() => to.destroyed || to.write(chunk)));
  from.on("end", () => later(() => to.end()));
  from.on("error", () => {});
  from.on("close", () => later(() => to.destroy()));
}
