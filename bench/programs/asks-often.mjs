// Asks the venue for the time again and again on a new connection each, and only says that it is up.
import { request } from "node:https";

const venue = new URL(process.env.VENUE_URL);
process.on("SIGTERM", () => process.exit(0));
console.log(`up ${process.pid}`);
ask();

function ask() {
  const again = () => setTimeout(ask, 5);
  const path = `/time?account=b-1&pid=${process.pid}`;
  request({ host: venue.hostname, port: venue.port, path, agent: false, timeout: 2_000 }, (response) => {
    response.resume().on("end", again);
  })
    .on("error", again)
    .end();
}
