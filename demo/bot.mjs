// A small trading bot: it asks the venue for the time by HTTPS, holds a WebSocket open, and says what it sees. It knows nothing of proxies.
import { request } from "node:https";
import WebSocket from "ws";

const venue = new URL(process.env.VENUE_URL);
const account = process.env.LAUNCH_ACCOUNT;

process.on("SIGTERM", () => process.exit(0));
openStream();
setInterval(askTime, 400);

function askTime() {
  const options = {
    host: venue.hostname,
    port: venue.port,
    path: `/time?account=${account}`,
    agent: false,
    timeout: 5_000,
  };
  request(options, (response) => response.resume())
    .on("error", (error) => console.log(`time: ${error.code ?? error.message}`))
    .end();
}

function openStream() {
  const socket = new WebSocket(`wss://${venue.host}/stream?account=${account}`);
  socket.on("open", () => console.log("stream is open"));
  socket.on("error", (error) => console.log(`stream: ${error.code ?? error.message}`));
  socket.on("close", () => setTimeout(openStream, 500));
}
