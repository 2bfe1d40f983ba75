// A SOCKS5 server as torsocks needs it: it resolves names (Tor's command 0xF0) to an address that is not this host's, and connects
// to the target behind that. https://spec.torproject.org/socks-extensions.html
import { once } from "node:events";
import { connect, createServer } from "node:net";

const [{ user, pass, target }] = await once(process, "message");
const told = Buffer.from([203, 0, 113, 21]);
const server = createServer({ noDelay: true }, (socket) => {
  socket.on("error", () => {});
  serve(socket).catch(() => socket.destroy());
});
server.listen(0, "127.0.0.1", () => process.send(server.address().port));

async function serve(socket) {
  await next(socket);
  socket.write(Buffer.from([5, 2]));
  const auth = await next(socket);
  const name = auth.toString("latin1", 2, 2 + auth[1]);
  const word = auth.toString("latin1", 3 + auth[1]);
  if (name !== user || word !== pass) throw new Error("wrong credential");
  socket.write(Buffer.from([1, 0]));
  const request = await next(socket);
  if (request[1] === 0xf0) return socket.end(answer());
  const far = connect({ host: target, port: request.readUInt16BE(request.length - 2), noDelay: true });
  far.on("error", () => socket.destroy()).on("close", () => socket.destroy());
  socket.on("close", () => far.destroy());
  await once(far, "connect");
  socket.write(answer());
  socket.pipe(far).pipe(socket);
}

function answer() {
  return Buffer.concat([Buffer.from([5, 0, 0, 1]), told, Buffer.from([0, 0])]);
}

// torsocks sends each message whole.
async function next(socket) {
  const [chunk] = await once(socket, "data");
  return chunk;
}
