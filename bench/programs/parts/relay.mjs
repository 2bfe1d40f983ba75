// The relay alone, as a launcher opens it.
import { once } from "node:events";
import { built } from "../../harness/places.mjs";

const [{ port, user, pass, isWarm = false }] = await once(process, "message");
const [{ relayFactory }, { systemClock }, { Secret }] = await Promise.all(
  ["lib/adapters/relay/relay.js", "lib/adapters/clock/system-clock.js", "lib/domain/secret.js"].map(built),
);
const relay = await relayFactory(systemClock, { isWarm }).open({
  name: "bench",
  token: "Token",
  local: [],
  publicRanges: [],
  onEvent: () => {},
});
const endpoint = { scheme: "http", host: "127.0.0.1", port };
relay.setUpstream({ label: "lab", endpoint, credential: { user, secret: new Secret(pass) } });
relay.open();
process.send(relay.port);
