// proxy-chain in the relay's place.
import { once } from "node:events";
import { Server } from "proxy-chain";

const [{ port, user, pass }] = await once(process, "message");
const server = new Server({
  host: "127.0.0.1",
  port: 0,
  prepareRequestFunction: ({ password }) => ({
    upstreamProxyUrl: `http://${user}:${pass}@127.0.0.1:${port}`,
    requestAuthentication: password !== "Token",
  }),
});
await server.listen();
process.send(server.port);
