// Bots in their tiers without a launcher around them: what a tier itself costs.
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import { built, root } from "../../harness/places.mjs";

/** What a bot's relay asks for. */
export const token = "Token";
/** What the proxies ask for. */
export const credential = { user: "customer", pass: "secret" };

/** Spawner, isolation and relays as a launcher has them; `openRun` gives one bot its relay and starts programs in a tier. */
export async function openTierTools({ atEnd }) {
  const [
    { createIsolation },
    { createSpawner },
    { passThrough },
    { createProcessTable },
    { relayFactory },
    { systemClock },
    { Secret },
    { startLabProcess },
  ] = await Promise.all(
    [
      "lib/adapters/isolation/isolation.js",
      "lib/adapters/spawner/spawner.js",
      "lib/adapters/spawner/pass-through.js",
      "lib/adapters/process-table/process-table.js",
      "lib/adapters/relay/relay.js",
      "lib/adapters/clock/system-clock.js",
      "lib/domain/secret.js",
      "tests/lab/lab-process.js",
    ].map(built),
  );
  const proxy = await startLabProcess({
    kind: "http-proxy",
    exitAddress: "127.0.0.11",
    ...credential,
    names: { "target.test": "127.0.0.21" },
  });
  atEnd(() => proxy.close());
  const stateFolder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  atEnd(() => rmSync(stateFolder, { recursive: true }));
  const isolation = createIsolation({
    insideFolder: `${root}/dist/inside`,
    replacements: {
      resolvConf: `${root}/templates/kernel/resolv.conf`,
      hosts: `${root}/templates/kernel/hosts`,
    },
    hidden: [stateFolder],
    uid: process.getuid(),
    home: process.env.HOME ?? "/",
    journal: { say: () => {} },
  });
  const upstream = {
    label: "lab",
    endpoint: { scheme: "http", host: "127.0.0.1", port: proxy.port },
    credential: { user: credential.user, secret: new Secret(credential.pass) },
  };
  const processTable = createProcessTable();
  return {
    proxyPort: proxy.port,
    async openRun(ports = []) {
      const runId = randomUUID();
      const relay = await relayFactory(systemClock).open({
        name: "bench",
        token,
        local: [],
        publicRanges: [],
        onEvent: () => {},
      });
      relay.setUpstream(upstream);
      relay.open();
      let output = "";
      const stdout = new Writable({
        write(chunk, _encoding, done) {
          output += chunk;
          done();
        },
      });
      const spawner = createSpawner({ processTable, isolation });
      const kernel = {
        tier: "kernel",
        // As many as usual.
        ports: [80, 443, 8443, ...ports],
        local: [],
        publish: [],
        runAs: undefined,
        botSocket: undefined,
        onListener: (listener) => relay.attach(listener),
        proveInside: undefined,
      };
      const start = (command, tier, env = {}) =>
        spawner.spawn({
          runId,
          command,
          cwd: "/",
          env: { PATH: process.env.PATH, LAUNCH_RUN_ID: runId, ...env },
          tty: false,
          logFile: undefined,
          output: passThrough({ stdout, stderr: stdout }),
          tier: tier === "kernel" ? kernel : { tier },
        });
      let last;
      return {
        relay,
        async start(command, tier) {
          last = await start(command, tier);
        },
        async run(command, env, tier) {
          output = "";
          await (await start(command, tier, env)).ended;
          return output;
        },
        async close() {
          await last?.kill();
          await relay.close();
        },
      };
    },
  };
}
