import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { connect, createServer, type Server, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningLaunch } from "../lab/launch-command.ts";
import type { Stage } from "../lab/stage.ts";
import { addAccount, e2eStage, ok, proxyOf, readyOn } from "../support/e2e-stage.ts";
import { eventually } from "../support/eventually.ts";
import { signal } from "../support/processes/signal.ts";

const botProgram = fileURLToPath(new URL("../fixtures/bots/serves-dashboard.mjs", import.meta.url));
let stage: Stage;
let outside = 0;
let inside = 0;

beforeAll(async () => {
  [outside, inside] = [await freePort(), await freePort()];
  stage = await e2eStage({
    proxies: { "fra-1": "http", "ams-1": "socks5" },
    yaml: ({ venuePort }) =>
      [
        "defaults: { isolation: kernel, stop: { grace: 2s } }",
        "bots:",
        "  alice:",
        `    command: [${JSON.stringify(process.execPath)}, ${JSON.stringify(botProgram)}]`,
        `    ports: [${venuePort}]`,
        `    publish: ["127.0.0.1:${outside}:${inside}"]`,
        `    env: { VENUE_URL: "https://venue.test:${venuePort}", DASHBOARD_PORT: "${inside}" }`,
      ].join("\n"),
  });
  await addAccount(stage, "alice", ["fra-1", "ams-1"]);
});
afterAll(() => stage.close());

test("a client outside reaches the bot's dashboard after its start, after a crash and after the fail-over to the next proxy", async () => {
  const launcher = stage.start(["bot", "--account", "alice"]);
  expect(await readyOn(stage, launcher, "fra-1")).toContain(`bypass 127.0.0.1:${outside}:${inside}`);
  const first = await dashboardPid((pid) => pid !== undefined);
  signal(first, "SIGUSR1");
  await launcher.line(/restarts on the same exit .*exited with code 3/);
  const second = await dashboardPid((pid) => pid !== undefined && pid !== first);
  await proxyOf(stage, "fra-1").process.order({ do: "fault", fault: { kind: "reset" } });
  await readyOn(stage, launcher, "ams-1");
  const third = await dashboardPid((pid) => pid !== undefined && pid !== second);
  expect(third).not.toBe(first);
  await stop(launcher);
  expect(await ask()).toBe("ECONNREFUSED");
});

test("with --on-failover reconnect a connection to the dashboard lives through the change of the proxy", async () => {
  const launcher = stage.start(["bot", "--account", "alice", "--on-failover", "reconnect"]);
  await readyOn(stage, launcher, "ams-1");
  const first = await dashboardPid((pid) => pid !== undefined);
  const kept = connect(outside, "127.0.0.1");
  expect(await askOn(kept)).toContain(`dashboard of ${first}`);
  await proxyOf(stage, "fra-1").process.order({ do: "fault", fault: { kind: "none" } });
  await ok(stage, ["proxy", "check", "fra-1"]);
  await ok(stage, ["revive", "alice", "fra-1"]);
  await ok(stage, ["demote", "alice", "ams-1"]);
  await readyOn(stage, launcher, "fra-1");
  expect(await askOn(kept)).toContain(`dashboard of ${first}`);
  kept.destroy();
  await stop(launcher);
});

test("in the preload tier publish means the same: a client outside reaches the bot before and after a crash, and nobody else has the port", async () => {
  const words = ["bot", "--account", "alice", "--isolation", "preload"];
  const launcher = stage.start(words);
  const first = await dashboardPid((pid) => pid !== undefined);
  await expect(takePort()).rejects.toMatchObject({ code: "EADDRINUSE" });
  signal(first, "SIGUSR1");
  await launcher.line(/restarts on the same exit .*exited with code 3/);
  await dashboardPid((pid) => pid !== undefined && pid !== first);
  await stop(launcher);
  const other = await takePort();
  expect((await stage.launch(words)).exitCode).toBe(71);
  await release(other);
});

test("a published port that another program has is refused by name, also when it was taken between two starts, and works again once it is free", async () => {
  const start = () => stage.launch(["bot", "--account", "alice"]);
  const other = await takePort();
  const refused = await start();
  expect([refused.exitCode, refused.stderr]).toEqual([
    71,
    expect.stringContaining(
      `127.0.0.1:${outside} under publish cannot be used to listen: another program listens there.`,
    ),
  ]);
  await release(other);
  const launcher = stage.start(["bot", "--account", "alice"]);
  await dashboardPid((pid) => pid !== undefined);
  await expect(takePort()).rejects.toMatchObject({ code: "EADDRINUSE" });
  await stop(launcher);
  const again = await takePort();
  expect((await start()).exitCode).toBe(71);
  await release(again);
});

async function dashboardPid(fits: (pid: number | undefined) => boolean): Promise<number> {
  const read = async () => {
    const [, pid] = /^dashboard of (\d+)$/.exec(await ask()) ?? [];
    return pid === undefined ? undefined : Number(pid);
  };
  return (await eventually(read, fits, 30_000)) ?? 0;
}

// Not by fetch: one of Node 20 may wait for ever when its connection is reset before it has sent the request.
async function ask(): Promise<string> {
  const asked = get({ host: "127.0.0.1", port: outside, agent: false });
  try {
    const [response] = (await once(asked, "response")) as [IncomingMessage];
    return await text(response);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error);
  }
}

async function askOn(socket: Socket): Promise<string> {
  socket.write("GET / HTTP/1.1\r\nHost: dashboard\r\n\r\n");
  const [answer] = (await once(socket, "data")) as [Buffer];
  return answer.toString();
}

async function stop(launcher: RunningLaunch): Promise<void> {
  launcher.signal("SIGTERM");
  expect(await launcher.ended).toBe(0);
}

async function takePort(): Promise<Server> {
  const server = createServer().listen(outside, "127.0.0.1");
  await once(server, "listening");
  return server;
}

async function release(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  await closed;
}

async function freePort(): Promise<number> {
  const server = await takePort();
  const { port } = server.address() as { readonly port: number };
  await release(server);
  return port;
}
