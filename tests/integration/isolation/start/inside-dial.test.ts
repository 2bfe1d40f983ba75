import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  forEachPrivilege,
  type IsolationRig,
  openIsolationRig,
  type TestLauncher,
} from "../isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

const answersOf = ({ said }: TestLauncher) => said.flatMap((it) => (it.type === "asked" ? [it.answer] : []));
const insideOf = ({ process: { pid = -1 } }: TestLauncher) =>
  rig.childrenOf(pid).find(({ command }) => /open-sockets|dial\.js/.test(command));

/** A page that tells who asks, and whether a bot had printed by then. */
function witness(printed: () => string): Promise<number> {
  return rig.http((request, response) => response.end(`${request.socket.remoteAddress} ${printed()}`));
}

forEachPrivilege((privilege) => {
  test("a connection from inside leaves through the relay, before the command runs, at the first start and into the kept network", async () => {
    let launcher: TestLauncher | undefined;
    const port = await witness(() => (launcher?.output().includes("up") ? "late" : "early"));
    launcher = await rig.launcher(privilege, { ports: [80, port] });
    await launcher.use(await rig.proxy());
    const asks = [`venue.test:${port}`];
    const first = await launcher.start(["sh", "-c", "echo up"], { asks });
    await first.end;
    expect(answersOf(launcher)).toEqual(["200 127.0.0.11 early"]);
    await rig.gone(insideOf(launcher)?.pid ?? -1);
    await launcher.use(await rig.proxy("socks5", { exitAddress: "127.0.0.12" }));
    const second = await launcher.start(["sh", "-c", "echo up"], { asks });
    await second.end;
    expect(answersOf(launcher)).toEqual(["200 127.0.0.11 early", "200 127.0.0.12 late"]);
    expect(launcher.output()).toBe("up\nup\n");
    await rig.gone(insideOf(launcher)?.pid ?? -1);
  });

  test("a command whose exit is not seen from inside does not run; the next start finds the same network", async () => {
    const port = await witness(() => "");
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    const proxy = await rig.proxy();
    await launcher.use(proxy, { pass: "wrong" });
    const start = (ask: string) => launcher.start(["echo", "up"], { asks: [ask] });
    await expect(start(`venue.test:${port}`)).rejects.toMatchObject({ code: "NOT_PROVEN" });
    const listeners = launcher.said.filter(({ type }) => type === "listener").length;
    await expect(start("192.0.2.1:9")).rejects.toMatchObject({ code: "NOT_PROVEN" });
    expect(answersOf(launcher)).toEqual(["ECONNRESET", "ECONNREFUSED"]);
    expect(launcher.output()).toBe("");
    await launcher.use(proxy);
    await (await start(`venue.test:${port}`)).end;
    expect(launcher.output()).toBe("up\n");
    expect(launcher.said.filter(({ type }) => type === "listener")).toHaveLength(listeners);
  });

  test.each(["readies the network", "enters the kept one"])(
    "when the process that %s is killed, the command does not run; when the launcher is, nothing is left",
    async (which) => {
      const port = await witness(() => "");
      const begin = async (): Promise<{ launcher: TestLauncher; pid: number; started: Promise<unknown> }> => {
        const launcher = await rig.launcher(privilege, { ports: [80, port] });
        await launcher.use(await rig.proxy());
        if (which !== "readies the network") await (await launcher.start(["true"])).end;
        // More than can be asked before the kill.
        const asks = Array.from({ length: 2_000 }, () => `venue.test:${port}`);
        const started = launcher.start(["echo", "up"], { asks });
        started.catch(() => {});
        await launcher.heard("asked");
        return { launcher, pid: insideOf(launcher)?.pid ?? -1, started };
      };
      const first = await begin();
      process.kill(first.pid, "SIGKILL");
      await expect(first.started).rejects.toMatchObject({ code: "NOT_PROVEN" });
      expect(first.launcher.output()).toBe("");
      const second = await begin();
      second.launcher.process.kill("SIGKILL");
      await once(second.launcher.process, "exit");
      await rig.gone(second.pid);
      expect(second.launcher.output()).toBe("");
    },
  );
});
