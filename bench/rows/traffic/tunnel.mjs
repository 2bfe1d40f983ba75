// A client that speaks CONNECT itself.
import { once } from "node:events";
import { connect } from "node:net";

/** A tunnel through the proxy at the port, with its credential if it asks for one. */
export async function openTunnel({ port, auth, authority }) {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  socket.on("error", () => {});
  const line =
    auth === undefined ? "" : `Proxy-Authorization: Basic ${Buffer.from(auth).toString("base64")}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${line}\r\n`);
  let answer = "";
  while (!answer.includes("\r\n\r\n")) answer += (await once(socket, "data"))[0];
  if (!/^HTTP\/1\.\d 200 /.test(answer)) throw new Error(answer);
  return socket;
}

/** One small request on the tunnel. */
export async function ask(socket) {
  socket.write("GET /small HTTP/1.1\r\nHost: target.test\r\n\r\n");
  for (let text = ""; !text.endsWith("small answer"); ) text += (await once(socket, "data"))[0];
}

/** Takes the big body, of so many bytes. */
export async function download(socket, bytes) {
  let left = bytes;
  socket.write("GET /bulk HTTP/1.1\r\nHost: target.test\r\n\r\n");
  socket.on("data", (chunk) => {
    left -= chunk.length;
    if (left <= 0) socket.emit("whole");
  });
  await once(socket, "whole");
}
