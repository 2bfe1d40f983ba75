// A bot without a proxy library: requests on one connection, and connections with one request each, to the target or by CONNECT.
import { once } from "node:events";
import { connect } from "node:net";
import { tenth, times } from "../harness/measure.mjs";

const { TARGET, RELAY, TOKEN, REQUESTS, FRESH } = process.env;
const kept = await open();
const keptTimes = await times(Number(REQUESTS), () => ask(kept));
kept.destroy();
const freshTimes = await times(Number(FRESH), async () => {
  const socket = await open();
  await ask(socket);
  socket.destroy();
});
// Of many short waits the quick ones: on a busy machine the median is the scheduler's, not ours.
process.stdout.write(JSON.stringify({ kept: tenth(keptTimes), fresh: tenth(freshTimes) }));
process.exit(0);

async function open() {
  const [host, port] = (RELAY ?? TARGET).split(":");
  const socket = connect({ host, port: Number(port), noDelay: true, autoSelectFamily: false });
  await once(socket, "connect");
  if (RELAY === undefined) return socket;
  const auth = Buffer.from(`bot:${TOKEN}`).toString("base64");
  socket.write(`CONNECT ${TARGET} HTTP/1.1\r\nHost: ${TARGET}\r\nProxy-Authorization: Basic ${auth}\r\n\r\n`);
  await heard(socket, "\r\n\r\n");
  return socket;
}

async function ask(socket) {
  socket.write(`GET / HTTP/1.1\r\nHost: ${TARGET}\r\n\r\n`);
  await heard(socket, "small answer");
}

function heard(socket, text) {
  return new Promise((resolve, reject) => {
    let all = "";
    const take = (chunk) => {
      all += chunk;
      if (!all.includes(text)) return;
      socket.off("data", take).off("close", lost);
      resolve();
    };
    const lost = () => reject(new Error("the connection was lost"));
    socket.on("data", take).on("close", lost);
  });
}
