// A data collector: it goes direct, by address, because only the proxies of the demo know the venue's name.
import { request } from "node:https";

const port = process.env.VENUE_PORT;
const proxied = Object.keys(process.env).filter((name) => /proxy/i.test(name));

process.on("SIGTERM", () => process.exit(0));
setInterval(collect, 400);

function collect() {
  const path = `/time?account=funding&proxied=${proxied.length}`;
  request({ host: "127.0.0.1", port, servername: "venue.test", path, agent: false }, (response) =>
    response.resume(),
  )
    .on("error", (error) => console.log(`collect: ${error.code ?? error.message}`))
    .end();
}
