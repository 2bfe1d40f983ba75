import { once } from "node:events";
import { connect, createServer } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { forEachPrivilege, type IsolationRig, openIsolationRig } from "./isolation-rig.ts";

let rig: IsolationRig;
beforeEach(() => {
  rig = openIsolationRig();
});
afterEach(() => rig.close());

const fetchText = async (port: number): Promise<string> => {
  const socket = connect(port, "127.0.0.1");
  socket.end("hello");
  let text = "";
  socket.on("data", (chunk) => {
    text += chunk;
  });
  await once(socket, "close").catch((error: NodeJS.ErrnoException) => {
    text += error.code;
  });
  return text;
};

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

const echoing = (port: number) => `
  import { createServer } from "node:net";
  createServer({ allowHalfOpen: true }, (s) => s.on("data", (d) => s.write("bot heard " + d)).on("end", () => s.end()))
    .listen(${port}, "127.0.0.1", () => console.log("listening"));`;

forEachPrivilege((privilege) => {
  test("local opens exactly the target it names, by address and by name, and other targets stay shut", async () => {
    const listed = await rig.tcp((socket) => socket.end("database"), "127.0.0.1");
    const unlisted = await rig.tcp((socket) => socket.end("secret"), "127.0.0.1");
    const launcher = await rig.launcher(privilege, { local: [`127.0.0.1:${listed}`, `localhost:${listed}`] });
    await launcher.use(await rig.proxy());
    const code = `import { connect } from "node:net";
      for (const [host, port] of [["127.0.0.1", ${listed}], ["localhost", ${listed}], ["127.0.0.1", ${unlisted}], ["127.0.0.9", ${listed}]])
        await new Promise((done) => connect(port, host).on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code ?? e.errors[0].code)).on("close", done));`;
    expect((await launcher.node(code)).trim().split("\n")).toEqual([
      "database",
      "database",
      "ECONNREFUSED",
      "ECONNREFUSED",
    ]);
  });

  test("local opens a port of this host that is forwarded elsewhere too", async () => {
    const both = await rig.tcp((socket) => socket.end("database"), "127.0.0.1");
    const local = [`127.0.0.1:${both}`, `localhost:${both}`];
    const launcher = await rig.launcher(privilege, { local, ports: [both] });
    await launcher.use(await rig.proxy());
    const code = `import { connect } from "node:net";
      for (const host of ["127.0.0.1", "::1", "127.0.0.9"])
        await new Promise((done) => connect(${both}, host).on("data", (d) => console.log(String(d))).on("error", (e) => console.log(e.code)).on("close", done));`;
    expect((await launcher.node(code)).trim().split("\n")).toEqual(["database", "database", "ECONNRESET"]);
  });

  test("a public address under local is refused before anything starts", async () => {
    const opening = rig.launcher(privilege, { local: ["8.8.8.8:53"] });
    await expect(opening).rejects.toThrow("not a loopback or private host:port");
  });

  test("publish lets the host reach a port of the bot, also after a restart, and shows a closed port as a reset", async () => {
    const outside = await freePort();
    const launcher = await rig.launcher(privilege, { publish: [`127.0.0.1:${outside}:3000`] });
    const bot = [process.execPath, "--input-type=module", "-e", echoing(3000)];
    await launcher.start(bot);
    await launcher.printed("listening");
    expect(await fetchText(outside)).toBe("bot heard hello");
    await launcher.order("kill");
    expect(await fetchText(outside)).toMatch(/^(ECONNRESET)?$/);
    await launcher.start(bot);
    await eventually(
      () => fetchText(outside),
      (text) => text === "bot heard hello",
    );
    await launcher.order("closeRelay");
    await eventually(
      () => fetchText(outside),
      (text) => text === "ECONNREFUSED",
    );
  });

  test("a resident inside that is killed is back for the next connection", async () => {
    const outside = await freePort();
    const launcher = await rig.launcher(privilege, { publish: [`127.0.0.1:${outside}:3000`] });
    await launcher.start([process.execPath, "--input-type=module", "-e", echoing(3000)]);
    await launcher.printed("listening");
    const resident = rig
      .childrenOf(launcher.process.pid ?? -1)
      .find(({ command }) => command.includes("resident.js"));
    signal(resident?.pid, "SIGKILL");
    await rig.gone(resident?.pid ?? -1);
    await eventually(
      () => fetchText(outside),
      (text) => text === "bot heard hello",
    );
  });

  test("what left the bot's tree with an environment of its own ends with the bot, before the next one enters its network; what publishes stays", async () => {
    const launcher = await rig.launcher(privilege, { publish: [`127.0.0.1:${await freePort()}:8080`] });
    const daemon = `env -i setsid -f sh -c 'trap "" TERM; echo here $$; while :; do sleep 1; done'`;
    const { end } = await launcher.start(["sh", "-c", `${daemon}; sleep 60`]);
    await launcher.printed("here");
    const left = Number(/here (\d+)/.exec(launcher.output())?.[1]);
    const resident = rig
      .childrenOf(launcher.process.pid ?? -1)
      .find(({ command }) => command.includes("resident.js"));
    expect(rig.table.startTicks(left)).toBeDefined();
    await launcher.order("kill");
    await end;
    expect(rig.table.startTicks(left)).toBeUndefined();
    expect(rig.table.startTicks(resident?.pid ?? -1)).toBeDefined();
    expect(await launcher.shell("echo again")).toBe("again\n");
  });

  test("a published address that another program has is refused by name", async () => {
    const taken = await rig.tcp(() => {}, "127.0.0.1");
    const launcher = await rig.launcher(privilege, { publish: [`127.0.0.1:${taken}:3000`] });
    await expect(launcher.start(["true"])).rejects.toMatchObject({
      code: "LAUNCH_SPAWN_FAILED",
      message: `127.0.0.1:${taken} under publish cannot be used to listen: another program listens there.`,
    });
  });
});
