import { fork } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { dialFromInside } from "../../../../lib/adapters/isolation/network/inside-dial.ts";
import { patient } from "../../../patience/patience.ts";
import { builtFile } from "../../../support/built.ts";
import { signal } from "../../../support/processes/signal.ts";
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

interface Begun {
  readonly launcher: TestLauncher;
  readonly inside: ReturnType<typeof insideOf>;
  readonly started: Promise<unknown>;
}

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
    const isRefused = async (ask: string) => {
      await expect(start(ask)).rejects.toMatchObject({ code: "NOT_PROVEN" });
      await rig.gone(insideOf(launcher)?.pid ?? -1);
    };
    await isRefused(`venue.test:${port}`);
    const listeners = launcher.said.filter(({ type }) => type === "listener").length;
    await isRefused("192.0.2.1:9");
    expect(answersOf(launcher)).toEqual(["ECONNRESET", "ECONNREFUSED"]);
    expect(launcher.output()).toBe("");
    await launcher.use(proxy);
    await (await start(`venue.test:${port}`)).end;
    expect(launcher.output()).toBe("up\n");
    expect(launcher.said.filter(({ type }) => type === "listener")).toHaveLength(listeners);
  });

  // While it readies the network its end may come before or after the last of the self-test: the refusal is by that.
  test.each([
    ["readies the network", /^(NOT_PROVEN|LAUNCH_TIER_UNAVAILABLE)$/],
    ["enters the kept one", /^NOT_PROVEN$/],
  ])(
    "when the process that %s is killed, the command does not run; when the launcher is, nothing is left",
    async (which, refusal) => {
      const port = await witness(() => "");
      const begin = async (): Promise<Begun> => {
        const launcher = await rig.launcher(privilege, { ports: [80, port] });
        await launcher.use(await rig.proxy());
        if (which !== "readies the network") await (await launcher.start(["true"])).end;
        // More than can be asked before the kill.
        const asks = Array.from({ length: 2_000 }, () => `venue.test:${port}`);
        const started = launcher.start(["echo", "up"], { asks });
        started.catch(() => {});
        await launcher.heard("asked");
        return { launcher, inside: insideOf(launcher), started };
      };
      const first = await begin();
      signal(first.inside?.pid, "SIGKILL");
      await expect(first.started).rejects.toMatchObject({ code: expect.stringMatching(refusal) });
      expect(first.launcher.output()).toBe("");
      const second = await begin();
      second.launcher.process.kill("SIGKILL");
      await once(second.launcher.process, "exit");
      await rig.gone(second.inside?.pid ?? -1);
      expect(second.launcher.output()).toBe("");
    },
  );
});

test("the process that dials ends with its channel, however early that goes", async () => {
  const children = Array.from({ length: 3 }, () => fork(builtFile("inside/dial.js")));
  const [first, second, third] = children;
  first?.disconnect();
  setImmediate(() => second?.disconnect());
  third?.send({ type: "dial", id: 1, address: "127.0.0.1", port: 9 });
  third?.once("message", () => third.disconnect());
  await Promise.all(children.map((child) => once(child, "exit")));
});

test("what the other side says first reaches the launcher, also over connections that wait to be handed out", async () => {
  const port = await rig.tcp((socket) => socket.end("hello"), "127.0.0.1");
  const child = fork(builtFile("inside/dial.js"));
  const dial = dialFromInside(child, (host) => host);
  const heard = Array.from({ length: 20 }, async () => text(await dial("127.0.0.1", port, patient(5_000))));
  expect(await Promise.all(heard)).toEqual(heard.map(() => "hello"));
  child.disconnect();
  await once(child, "exit");
});
