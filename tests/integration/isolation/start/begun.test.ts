import { once } from "node:events";
import { readlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunId } from "../../../../lib/domain/ids.ts";
import { builtFile } from "../../../support/built.ts";
import { eventually } from "../../../support/eventually.ts";
import { isHeld } from "../../../support/processes/is-held.ts";
import {
  forEachPrivilege,
  type IsolationRig,
  openIsolationRig,
  path,
  type TestLauncher,
} from "../isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

const childrenOf = ({ process: { pid = -1 } }: TestLauncher) => rig.childrenOf(pid);
const insideOf = (launcher: TestLauncher) =>
  childrenOf(launcher).find(({ command }) => command.includes("open-sockets"))?.pid ?? -1;
/** A port that nobody has a moment later. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket.on("error", () => {});
}

const networkOf = (pid: number) => readlinkSync(`/proc/${pid}/ns/net`);
const told = (launcher: TestLauncher) => launcher.said.filter(({ type }) => type === "listener").length;

forEachPrivilege((privilege) => {
  test("the network that was begun is the one that the bot starts in; before that the relay has nothing of it", async () => {
    const port = await rig.http((request, response) => response.end(`${request.socket.remoteAddress}`));
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    await launcher.use(await rig.proxy());
    expect(await launcher.order("begin")).toEqual({ kind: "works" });
    const inside = insideOf(launcher);
    const begun = networkOf(inside);
    expect(told(launcher)).toBe(0);
    const bot = await launcher.start(["sh", "-c", "readlink /proc/self/ns/net; exec sleep 600"], {
      asks: [`venue.test:${port}`],
    });
    await launcher.printed("net:[");
    expect(launcher.output().trim()).toBe(begun);
    expect(told(launcher)).toBeGreaterThan(0);
    await rig.gone(inside);
    expect(networkOf(bot.pid)).toBe(begun);
  });

  test("one that is not needed leaves nothing behind, also while it is still being made", async () => {
    const launcher = await rig.launcher(privilege);
    const before = await launcher.order("descriptors");
    const isClean = async (): Promise<void> => {
      const left = await eventually(
        async () => [await launcher.order("descriptors"), childrenOf(launcher)] as const,
        ([descriptors, children]) => descriptors === before && children.length === 0,
      );
      expect(left).toEqual([before, []]);
    };
    await launcher.order("begin");
    expect(childrenOf(launcher)).not.toEqual([]);
    await launcher.order("forget");
    await isClean();
    const beginning = launcher.order("begin");
    await launcher.order("forget");
    await beginning;
    await isClean();
  });

  test("with its file view it is still the bot's, and nothing is published or handed out before the bot starts", async () => {
    const outside = await freePort();
    const launcher = await rig.launcher(privilege, { publish: [`127.0.0.1:${outside}:3000`] });
    const before = await launcher.order("descriptors");
    await launcher.order("begin");
    const begun = networkOf(insideOf(launcher));
    await launcher.order("prepare");
    await launcher.heard("sockets");
    expect(told(launcher)).toBe(0);
    await expect(connected(outside)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    const bot = await launcher.start(["sleep", "600"]);
    // Its pid is there before it has entered.
    await eventually(
      () => networkOf(bot.pid),
      (network) => network === begun,
    );
    (await connected(outside)).destroy();
    await launcher.order("kill");
    await launcher.order("closeRelay");
    await launcher.order("prepare");
    await launcher.order("forget");
    const left = await eventually(
      () => launcher.order("descriptors"),
      (descriptors) => Number(descriptors) <= Number(before),
    );
    expect(Number(left)).toBeLessThanOrEqual(Number(before));
    expect(insideOf(launcher)).toBe(-1);
  });

  test("the next process of a run waits in the network that the run has, and is the one that runs", async () => {
    const launcher = await rig.launcher(privilege);
    const NODE_OPTIONS = `--require "${builtFile("preload/preload/observe.js")}"`;
    const script = join(launcher.folder, "bot.mjs");
    writeFileSync(script, 'console.log("runs " + process.pid); setInterval(() => {}, 1000);');
    const command = [process.execPath, script];
    const given = { command, env: { PATH: path, NODE_OPTIONS }, ahead: {} };
    const start = async (): Promise<number> => {
      const { pid } = (await launcher.order("start", given)) as { pid: number };
      await launcher.printed(`runs ${pid}`);
      return pid;
    };
    const network = networkOf(await start());
    await launcher.order("kill");
    await launcher.order("prepare", given);
    const [waiting = 0] = await eventually(
      () => rig.table.withRunId(launcher.runId as RunId).filter(isHeld),
      (pids) => pids.length > 0,
    );
    expect(networkOf(waiting)).toBe(network);
    expect(launcher.output()).not.toContain(`runs ${waiting}`);
    expect(await start()).toBe(waiting);
  });

  test("a launcher that is killed while its network waits leaves no process in it", async () => {
    const launcher = await rig.launcher(privilege);
    await launcher.order("begin");
    const waiting = childrenOf(launcher).map(({ pid }) => pid);
    const network = networkOf(insideOf(launcher));
    launcher.process.kill("SIGKILL");
    await once(launcher.process, "exit");
    for (const pid of waiting) await rig.gone(pid);
    const left = await eventually(
      () => rig.table.inNetwork(network),
      (pids) => pids.length === 0,
    );
    expect(left).toEqual([]);
  });

  test("a port that cannot be had is no reason for another tier", async () => {
    const launcher = await rig.launcher(privilege, { ports: [80, 80] });
    await expect(launcher.order("begin")).rejects.toMatchObject({
      code: "LAUNCH_TIER_UNAVAILABLE",
      message: expect.stringContaining("EADDRINUSE"),
    });
    const left = await eventually(
      () => childrenOf(launcher),
      (children) => children.length === 0,
    );
    expect(left).toEqual([]);
  });
});
