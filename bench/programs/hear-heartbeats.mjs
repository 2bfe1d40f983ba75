// Receives what bots say and does nothing with it: one socket for each path, one JSON a line.
import { createServer } from "node:net";

const paths = process.argv.slice(2);
let heard = 0;
let waiting = paths.length;
for (const path of paths) {
  const server = createServer((socket) => {
    let rest = "";
    socket.setEncoding("utf8").on("error", () => {});
    socket.on("data", (text) => {
      const lines = (rest + text).split("\n");
      rest = lines.pop();
      for (const line of lines) if (JSON.parse(line).type === "heartbeat") heard += 1;
    });
  });
  server.listen(path, () => {
    waiting -= 1;
    if (waiting === 0) console.log(`up ${process.pid}`);
  });
}
process.on("SIGTERM", () => {
  console.log(`heard ${heard}`);
  process.exit(0);
});
