import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { expect, test } from "vitest";
import { createBotChannelFactory } from "../../../lib/adapters/bot-channel/bot-channel.ts";
import { systemClock } from "../../../lib/adapters/clock/system-clock.ts";
import { createProcessTable } from "../../../lib/adapters/process-table/process-table.ts";
import { relayFactory } from "../../../lib/adapters/relay/relay.ts";
import { passThrough } from "../../../lib/adapters/spawner/pass-through.ts";
import { createSpawner } from "../../../lib/adapters/spawner/spawner.ts";
import type { RunId } from "../../../lib/domain/ids.ts";
import { parsePublicRange } from "../../../lib/domain/ip.ts";
import { Secret } from "../../../lib/domain/secret.ts";
import { childEnvironment } from "../../../lib/policy/child/child-environment.ts";
import type { RelayEvent } from "../../../lib/ports/relay.ts";
import { makeLabCertificates } from "../../lab/certificates.ts";
import { startHttpProxy } from "../../lab/http-proxy.ts";
import { startVenue } from "../../lab/venue.ts";
import { builtFile } from "../../support/built.ts";
import { signal } from "../../support/processes/signal.ts";

const program = `
  const https = require("node:https"), say = (w) => process.stdout.write(w + "\\n");
  const order = (next) => https.get("https://venue.test:" + process.env.VENUE_PORT + "/time", { agent: false }, (r) => { r.resume(); r.on("end", () => { next(); say("ordered"); }); })
    .on("error", (e) => { say(e.code); next(); });
  setInterval(() => {}, 1000);
  order(() => process.once("SIGUSR2", () => order(() => process.exit(4))));`;

test("a spawned bot says hello before it knocks, trades through the open relay, and is refused by the cut one", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-run-"));
  const certificates = await makeLabCertificates();
  writeFileSync(join(folder, "ca.pem"), certificates.ca);
  const venue = await startVenue({ certificates });
  const credential = { user: "customer", pass: "p@ss:w/%rd" };
  const names = { "venue.test": "127.0.0.1" };
  const proxy = await startHttpProxy({ exitAddress: "127.88.0.2", ...credential, names });
  const relayEvents: RelayEvent[] = [];
  const relay = await relayFactory(systemClock).open({
    name: "alice",
    token: "Run0Token",
    local: [],
    publicRanges: [parsePublicRange("127.0.0.0/8")],
    onEvent: (event) => relayEvents.push(event),
  });
  relay.setUpstream({
    label: "fra-1",
    endpoint: { scheme: "http", host: proxy.host, port: proxy.port },
    credential: { user: credential.user, secret: new Secret(credential.pass) },
  });
  const runId = randomUUID() as RunId;
  const channel = await createBotChannelFactory().listen({
    runId,
    path: join(folder, "bot.sock"),
    launcherVersion: "0.1.0",
    onEvent: (event) => {
      if (event.type === "hello" && event.tunnel && event.selfCheck === "ok") relay.open();
    },
  });
  let printed = "";
  const stdout = new Writable({
    write(chunk, _, done) {
      printed += String(chunk);
      stdout.emit("printed");
      done();
    },
  });
  const spawner = createSpawner({ processTable: createProcessTable() });
  const bot = await spawner.spawn({
    runId,
    command: [process.execPath, "-e", program],
    cwd: folder,
    env: childEnvironment({
      operator: {
        PATH: process.env["PATH"],
        https_proxy: "http://203.0.113.9:1",
        NODE_OPTIONS: "--no-warnings",
      },
      unit: {
        kind: "bot",
        name: "alice",
        env: { VENUE_PORT: String(venue.port), NODE_EXTRA_CA_CERTS: join(folder, "ca.pem") },
        passEnv: [],
      },
      runId,
      relayUrl: `http://launch:Run0Token@${relay.host}:${relay.port}`,
      botSocket: channel.path,
      preloads: [builtFile("preload/preload/tunnel.js"), builtFile("preload/preload/observe.js")],
    }),
    tty: false,
    logFile: undefined,
    output: passThrough({ stdout, stderr: process.stderr }),
    tier: { tier: "preload" },
  });
  try {
    while (!printed.includes("\n")) await once(stdout, "printed");
    expect(printed).toBe("ordered\n");
    expect(venue.log.map((entry) => entry.peer)).toEqual(["127.88.0.2"]);
    relay.cut("test");
    signal(bot.pid, "SIGUSR2");
    expect(await bot.ended).toEqual({ code: 4, signal: undefined });
    expect(printed).toBe("ordered\nECONNREFUSED\n");
    expect(relayEvents.map((event) => event.type)).not.toContain("connection-before-ready");
  } finally {
    await bot.kill();
    await channel.close();
    await relay.close();
    await proxy.close();
    await venue.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
