import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { patient } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { connectTo, hear, hearing, openRelayRig, type RelayRig, upstreamOf } from "../relay/relay-rig.ts";
import { growthOf } from "./growth.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const tunnels = isFull ? 100_000 : 1_000;
const failOvers = isFull ? 500 : 20;
const atOnce = 40;
// Less than 200 bytes for each of the full size's tunnels.
const mostBytes = 16 * 1_048_576;

describe.skipIf(process.platform !== "linux")(
  "a relay that runs for long",
  { timeout: patient(600_000) },
  () => {
    let rig: RelayRig;
    afterEach(() => rig.close());

    test(`holds no more after ${tunnels} tunnels than after a quarter of them`, async () => {
      rig = await openRelayRig();
      await rig.use("http");
      const port = await rig.tcp((socket) => socket.end("x"));
      const growth = await growthOf(tunnels, async (times) => {
        for (let done = 0; done < times; done += atOnce)
          await Promise.all(Array.from({ length: atOnce }, async () => hear(await tunnel(rig, port))));
        await idle(rig);
      });
      expect(growth.files).toBeLessThanOrEqual(2);
      expect(growth.handles).toBeLessThanOrEqual(2);
      expect(growth.heapBytes).toBeLessThan(mostBytes);
    });

    test(`holds no more after ${failOvers} fail-overs under open tunnels than after a quarter of them`, async () => {
      rig = await openRelayRig();
      const proxies = [await rig.use("http"), await rig.proxy("http", { exitAddress: "127.0.0.12" })];
      const port = await rig.tcp((socket) => {
        socket.on("end", () => socket.end()).resume();
        socket.write("open");
      });
      let turn = 0;
      const growth = await growthOf(failOvers, async (times) => {
        for (let done = 0; done < times; done += 1) {
          const open = await Promise.all(Array.from({ length: 5 }, () => tunnel(rig, port)));
          await Promise.all(open.map((client) => hearing(client, "open")));
          const ended = open.map((client) => new Promise((resolve) => client.once("close", resolve)));
          rig.relay.cut("test");
          await Promise.all(ended);
          turn += 1;
          const next = proxies[turn % 2];
          if (next !== undefined) rig.relay.setUpstream(upstreamOf(next));
          rig.relay.open();
        }
        await idle(rig);
      });
      expect(growth.files).toBeLessThanOrEqual(2);
      expect(growth.handles).toBeLessThanOrEqual(2);
      expect(growth.heapBytes).toBeLessThan(mostBytes);
    });
  },
);

async function tunnel(rig: RelayRig, port: number): Promise<Socket> {
  const client = connect(rig.relay.port, rig.relay.host).on("error", () => {});
  await once(client, "connect");
  client.write(connectTo(`target.test:${port}`));
  return client;
}

async function idle(rig: RelayRig): Promise<void> {
  await eventually(
    () => rig.relay.counters().openTunnels,
    (open) => open === 0,
  );
}
