import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunId } from "../../../lib/domain/ids.ts";
import { patientSeconds } from "../../patience/patience.ts";
import { eventually } from "../../support/eventually.ts";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

// curl: 7 is a connection refused or reset at its start, 52 and 56 one reset later, 6 a name that nobody resolved.
const curl = (url: string) => `curl -s --max-time ${patientSeconds(5)} ${url}; echo "status $?"`;

const stay = "while :; do sleep 1; done";
const forsaken = `sh -c 'echo here $$; ${stay}'`;

forEachPrivilege((privilege) => {
  test("a wrong password resets the connection, and nothing of it reaches the venue", async () => {
    const requests: string[] = [];
    const port = await rig.http((request, response) => {
      requests.push(request.url ?? "");
      response.end();
    });
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    await launcher.use(await rig.proxy(), { pass: "wrong" });
    expect(await launcher.shell(curl(`http://venue.test:${port}/`))).toMatch(/^status (7|52|56)\n$/);
    expect(requests).toEqual([]);
  });

  test("a dead upstream, a cut relay and a closed relay each end in an error of the client, never in a way round", async () => {
    const requests: string[] = [];
    const port = await rig.http((request, response) => {
      requests.push(request.url ?? "");
      response.end("fine");
    });
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    const proxy = await rig.proxy();
    await launcher.use(proxy);
    const ask = () => launcher.shell(curl(`http://venue.test:${port}/`));
    expect(await ask()).toBe("finestatus 0\n");
    await proxy.kill();
    expect(await ask()).toMatch(/^status (7|52|56)\n$/);
    await launcher.order("cut");
    expect(await ask()).toMatch(/^status (7|52|56)\n$/);
    const line = `while [ ! -e go ]; do sleep 0.05; done; ${curl(`http://venue.test:${port}/`)}; ${curl("http://8.8.8.8/")}`;
    const waiting = await launcher.start(["sh", "-c", `echo up; ${line}`]);
    await launcher.printed("up");
    await launcher.order("closeRelay");
    writeFileSync(join(launcher.folder, "go"), "");
    await waiting.end;
    expect(launcher.output().split("\n").slice(-3)).toEqual(["status 6", "status 7", ""]);
    expect(requests).toHaveLength(1);
  });

  test("a launcher killed by SIGKILL takes the bot along; what left the tree has no network, and the next launcher kills it", async () => {
    const launcher = await rig.launcher(privilege);
    await launcher.use(await rig.proxy());
    const { pid } = await launcher.start(["sh", "-c", `setsid ${forsaken} & ${stay}`]);
    await launcher.printed("here");
    const left = Number(/here (\d+)/.exec(launcher.output())?.[1]);
    launcher.process.kill("SIGKILL");
    await once(launcher.process, "exit");
    await eventually(
      () => rig.table.startTicks(pid),
      (ticks) => ticks === undefined,
    );
    expect(rig.table.startTicks(left)).toBeDefined();
    expect(rig.table.withRunId(launcher.runId as RunId)).toContain(left);
    const next = await rig.launcher(privilege);
    expect(await next.order("survivors", { runId: launcher.runId })).toMatchObject({
      killed: expect.arrayContaining([{ pid: left, program: expect.any(String) }]),
    });
    expect(rig.table.startTicks(left)).toBeUndefined();
  });

  test.each(["its bot is stopped", "the next launcher looks"])(
    "what left the tree and dropped its environment dies when %s",
    async (how) => {
      const launcher = await rig.launcher(privilege);
      const { end } = await launcher.start(["sh", "-c", `env -i setsid ${forsaken} & ${stay}`]);
      await launcher.printed("here");
      const left = Number(/here (\d+)/.exec(launcher.output())?.[1]);
      if (how === "its bot is stopped") {
        await launcher.order("kill");
        await end;
      } else {
        launcher.process.kill("SIGKILL");
        await once(launcher.process, "exit");
        const next = await rig.launcher(privilege);
        await next.order("survivors", { runId: launcher.runId });
      }
      expect(rig.table.startTicks(left)).toBeUndefined();
    },
  );

  test("a launcher killed while it readies a network leaves nothing in it", async () => {
    const ports = Array.from({ length: 900 }, (_, index) => 20_000 + index);
    const launcher = await rig.launcher(privilege, { ports });
    launcher.start(["true"]).catch(() => {});
    const inside = await eventually(
      () =>
        rig.childrenOf(launcher.process.pid ?? -1).find(({ command }) => command.includes("open-sockets"))
          ?.pid,
      (pid) => pid !== undefined,
    );
    launcher.process.kill("SIGKILL");
    await once(launcher.process, "exit");
    await rig.gone(inside ?? -1);
  });

  test("loopback, unknown stand-in addresses and UDP lead nowhere", async () => {
    const service = await rig.tcp((socket) => socket.end("secret"), "127.0.0.1");
    const launcher = await rig.launcher(privilege, { ports: [80, service] });
    await launcher.use(await rig.proxy());
    const dial = (host: string, port: number) =>
      `await new Promise((done) => connect(${port}, "${host}").on("error", (e) => done(console.log(e.code))).on("data", (d) => console.log(String(d))).on("close", done));`;
    const code = `
      import { connect } from "node:net"; import { createSocket } from "node:dgram";
      ${dial("127.0.0.1", service)} ${dial("::1", service)} ${dial("198.19.7.7", 80)} ${dial("192.0.2.7", 8081)}
      const udp = createSocket("udp4"); udp.connect(443, "192.0.2.7", (error) => { console.log(error?.code); udp.close(); });`;
    const seen = (await launcher.node(code)).trim().split("\n");
    expect(seen).toEqual(["ECONNRESET", "ECONNRESET", "ECONNRESET", "ECONNREFUSED", "ENETUNREACH"]);
  });

  test("a port that a bot tries in vain is named", async () => {
    const launcher = await rig.launcher(privilege);
    const code = `import { connect } from "node:net";
      setInterval(() => connect(9000, "192.0.2.7").on("error", () => {}), 100);`;
    await launcher.start([process.execPath, "--input-type=module", "-e", code]);
    await launcher.heard(
      "said",
      ({ text }) => text === "tried port 9000 twice: add `--ports 9000` if it needs it",
    );
  });
});
