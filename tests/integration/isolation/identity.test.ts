import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { forEachPrivilege, type IsolationRig, openIsolationRig, ordinaryUid, path } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

forEachPrivilege((privilege) => {
  const uid = privilege === "root" || process.getuid?.() !== 0 ? process.getuid?.() : ordinaryUid;

  test("the process started is the bot itself: pid, group, status, signal and streams are its own", async () => {
    const launcher = await rig.launcher(privilege);
    const told = await launcher.start([
      "sh",
      "-c",
      "echo pid $$; readlink /proc/self/fd/0; ls /proc/$$/fd; exit 42",
    ]);
    expect(await told.end).toEqual({ code: 42 });
    // What this test was given itself may be there too, but nothing that the tier works with.
    const own = readdirSync("/proc/self/fd").filter((it) => Number(it) > 200);
    expect(launcher.output()).toBe(`pid ${told.pid}\n/dev/null\n${["0", "1", "2", ...own].join("\n")}\n`);
    const killed = await launcher.start(["sh", "-c", "kill -SEGV $$"]);
    expect(await killed.end).toEqual({ signal: "SEGV" });
  });

  test("a bot handles its signals itself", async () => {
    const launcher = await rig.launcher(privilege);
    const code =
      "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')";
    const { pid, end } = await launcher.start([process.execPath, "-e", code]);
    await launcher.printed("up");
    signal(pid, "SIGTERM");
    expect(await end).toEqual({ code: 7 });
  });

  test("no capability is left, none can be gained, and what it writes is its user's", async () => {
    const launcher = await rig.launcher(privilege);
    const status = await launcher.shell("grep -E '^(Cap|NoNewPrivs)' /proc/self/status; id -u; touch made");
    const lines = status.trim().split("\n");
    expect(lines.filter((line) => line.startsWith("Cap"))).toHaveLength(5);
    for (const line of lines.slice(0, 5)) expect(line).toMatch(/^Cap\w+:\t0{16}$/);
    expect(lines.slice(5)).toEqual(["NoNewPrivs:\t1", String(uid)]);
    expect(statSync(join(launcher.folder, "made")).uid).toBe(uid);
  });

  test("its environment and folder are the plan's, down to names that no shell would pass on", async () => {
    const launcher = await rig.launcher(privilege);
    const env = { "spring.datasource.url": "x", "A-B": "1", EMPTY: "" };
    const { end } = await launcher.start(
      [process.execPath, "-p", "JSON.stringify([process.env, process.cwd()])"],
      { env },
    );
    await end;
    const [seen, cwd] = JSON.parse(launcher.output()) as [Record<string, string>, string];
    expect(cwd).toBe(launcher.folder);
    expect(seen).toEqual({
      PATH: path,
      ...env,
      LAUNCH_RUN_ID: launcher.runId,
      LAUNCH_ACCOUNT: "alice",
      LAUNCH_CONTROL: launcher.botSocket,
    });
  });

  test("from inside nobody gets out: routes cannot be changed, other namespaces not entered, the launcher not read", async () => {
    const launcher = await rig.launcher(privilege);
    const parent = launcher.process.pid;
    const tries = [
      "ip link add x type dummy",
      "ip route del local 0.0.0.0/0 dev lo table local",
      `nsenter --target ${parent} --net true`,
      "nsenter --target 1 --net true",
      `cat /proc/${parent}/environ`,
      "umount /etc/resolv.conf",
    ];
    const line = tries
      .map((attempt) => `(${attempt}) >/dev/null 2>&1 && echo '${attempt} worked'`)
      .join("; ");
    expect(await launcher.shell(`${line}; echo done`)).toBe("done\n");
  });

  test("a bot with tty has the launcher's terminal", async () => {
    const launcher = await rig.launcher(privilege);
    const { end } = await launcher.start(["sh", "-c", "readlink /proc/self/fd/0"], { tty: true });
    // This launcher has no terminal: what it has itself is what the bot gets.
    expect(await end).toEqual({ code: 0 });
    expect(launcher.output()).toBe("/dev/null\n");
  });

  test("restarted, it is back in the same network with the same sockets", async () => {
    const port = await rig.http((_request, response) => response.end("fine"));
    const launcher = await rig.launcher(privilege, { ports: [80, port] });
    await launcher.use(await rig.proxy());
    const line = `readlink /proc/self/ns/net; curl -sS http://venue.test:${port}/`;
    const first = await launcher.shell(line);
    expect(first).toMatch(/^net:\[\d+\]\nfine$/);
    const listeners = launcher.said.filter(({ type }) => type === "listener").length;
    const descriptors = await launcher.order("descriptors");
    expect([await launcher.shell(line), await launcher.shell(line)]).toEqual([first, first]);
    expect(launcher.said.filter(({ type }) => type === "listener")).toHaveLength(listeners);
    await eventually(
      () => launcher.order("descriptors") as Promise<number>,
      (now) => now <= (descriptors as number),
    );
  });

  test("when the relay closes, the launcher holds nothing of the network any more", async () => {
    const launcher = await rig.launcher(privilege);
    const before = (await launcher.order("descriptors")) as number;
    await launcher.shell("true");
    expect(await launcher.order("descriptors")).toBeGreaterThan(before);
    await launcher.order("closeRelay");
    await eventually(
      () => launcher.order("descriptors") as Promise<number>,
      (now) => now < before,
    );
  });

  test("once a network is let go, nothing is looked for in it: the kernel gives its number to the next one", async () => {
    const launcher = await rig.launcher(privilege);
    await launcher.shell("true");
    await launcher.order("kill");
    const asked = (await launcher.order("networksAsked")) as number;
    expect(asked).toBeGreaterThan(0);
    await launcher.order("closeRelay");
    await launcher.order("kill");
    expect(await launcher.order("networksAsked")).toBe(asked);
  });

  test("a working folder that bots do not see is refused before anything starts", async () => {
    const hidden = rig.folder();
    const launcher = await rig.launcher(privilege, { hidden: [hidden], cwd: hidden });
    await expect(launcher.start(["true"])).rejects.toMatchObject({ code: "LAUNCH_CONFIG_INVALID" });
    expect(existsSync(hidden)).toBe(true);
  });
});

test("under a real terminal, tty gives the bot that terminal", async () => {
  const folder = rig.folder();
  const script = new URL("../../fixtures/launchers/isolates-on-terminal.mjs", import.meta.url).pathname;
  const terminal = spawn("script", ["-qec", `${process.execPath} ${script} ${folder}`, "/dev/null"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let printed = "";
  terminal.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
  });
  await once(terminal, "close");
  expect(printed.trim().split(/\r?\n/)).toEqual([expect.stringMatching(/^\/dev\/pts\/\d+$/), "a terminal"]);
});
