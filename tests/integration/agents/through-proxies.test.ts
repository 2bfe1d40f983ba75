import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { httpAgent } from "../../../lib/agents.ts";
import { type AgentsRig, exitAddress, openAgentsRig, schemes, urlOf } from "./agents-rig.ts";
import { clients, getWith, streamOnce } from "./clients.ts";

let rig: AgentsRig;
beforeEach(async () => {
  rig = await openAgentsRig();
});
afterEach(() => rig.close());

const options = () => ({ proxyCa: rig.certificates.ca, tls: { ca: rig.certificates.ca } });

describe.each(schemes)("through an authenticated %s proxy", (scheme) => {
  test.each(Object.keys(clients))(
    "%s reaches the venue from the exit, on one kept connection",
    async (name) => {
      const proxy = await rig.proxy(scheme);
      const client = await clients[name]?.(urlOf(proxy), options());
      for (let count = 0; count < 5; count++) {
        expect(await client?.ask(`${rig.venueUrl}/time`)).toBe(exitAddress);
      }
      await client?.close();
      // The name travelled to the proxy as it is, and the proxy saw one connection for five requests.
      expect(proxy.counters()).toMatchObject({
        accepted: 1,
        refused: 0,
        targets: [`venue.test:${rig.venue.port}`],
      });
      expect(rig.venue.log.map(({ peer }) => peer)).toEqual(Array(5).fill(exitAddress));
    },
  );

  test("a stream of ws is open both ways from the exit", async () => {
    const proxy = await rig.proxy(scheme);
    const url = `wss://venue.test:${rig.venue.port}/stream`;
    expect(await streamOnce(urlOf(proxy), url, options())).toBe(`${exitAddress} hello`);
    expect(proxy.counters().targets).toEqual([`venue.test:${rig.venue.port}`]);
  });

  test("plain HTTP is tunnelled too", async () => {
    const proxy = await rig.proxy(scheme);
    const agent = httpAgent(urlOf(proxy), options());
    const url = await rig.plainUrl();
    expect(await getWith(agent, url)).toBe(JSON.stringify({ peer: exitAddress }));
    expect(await getWith(agent, url)).toBe(JSON.stringify({ peer: exitAddress }));
    agent.destroy();
    expect(proxy.counters()).toMatchObject({ accepted: 1, requests: 1 });
  });
});
