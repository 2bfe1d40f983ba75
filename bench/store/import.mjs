// What `launch proxy import` of many lines costs, against the least that can be done: COPY of the same rows and events, and
// sealing the same credentials. The program's own start, measured by an empty list, is taken off. The ways take turns.
// `node scripts/build.mjs && node bench/store/import.mjs [lines] [rounds]`
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { inTurns, median, printAgainstFirst, timed } from "../harness/measure.mjs";

const [lines = 20_000, rounds = 5] = process.argv.slice(2).map(Number);
const root = fileURLToPath(new URL("../..", import.meta.url));
const [{ generateKey }, { openVault }, { Secret }] = await Promise.all(
  ["adapters/vault/master-key", "adapters/vault/vault", "domain/secret"].map(
    (name) => import(`${root}/dist/lib/${name}.js`),
  ),
);
const home = mkdtempSync(join(tmpdir(), "launch-bench-"));
// Root's embedded database runs as another user, who must be able to pass through here.
chmodSync(home, 0o755);
const env = { PATH: process.env.PATH, HOME: home, LAUNCH_STATE_DIR: join(home, "state"), NO_COLOR: "1" };

let server;
try {
  await launch(["init"]);
  await launch(["db", "migrate"]);
  server = start(["db", "serve"]);
  await launch(["proxy", "ls"]);
  const url = new URL((await launch(["db", "url"])).trim());
  const client = await connected(url);
  const [list, empty] = [join(home, "list.txt"), join(home, "empty.txt")];
  writeFileSync(
    list,
    entries()
      .map(({ port, user, pass }) => `gw.example:${port}:${user}:${pass}\n`)
      .join(""),
  );
  writeFileSync(empty, "# nothing\n");
  const clear = () => client.query("delete from launch.network_proxies");
  const afterwards = (work) => async () => {
    const ms = await timed(work);
    await clear();
    await client.query("vacuum analyze launch.network_proxies").catch(() => {});
    return ms;
  };
  const results = await inTurns(
    {
      "copy and seal": afterwards(() => copyAndSeal(client)),
      import: afterwards(() => launch(["proxy", "import", list])),
      "import of nothing": afterwards(() => launch(["proxy", "import", empty])),
    },
    rounds,
  );
  printAgainstFirst(`ms, ${lines} lines`, results);
  const ratio = results.import.map(
    (ms, round) => (ms - results["import of nothing"][round]) / results["copy and seal"][round],
  );
  console.log(`import without the program's start, against copy and seal: x${median(ratio).toFixed(2)}`);
  await client.end();
} finally {
  server?.kill("SIGTERM");
  if (server?.exitCode === null) await once(server, "close");
  await launch(["db", "stop"]).catch(() => {});
  rmSync(home, { recursive: true, force: true });
}

// The server that was asked to serve may still be coming up.
async function connected(url) {
  for (let attempt = 1; ; attempt += 1) {
    const client = new pg.Client({
      host: url.searchParams.get("host"),
      port: Number(url.searchParams.get("port")),
      user: url.searchParams.get("user"),
      database: url.pathname.slice(1),
    });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (attempt === 50) throw error;
      await delay(200);
    }
  }
}

function entries() {
  return Array.from({ length: lines }, (_, index) => ({
    port: 1 + (index % 60_000),
    user: `customer-${index}`,
    pass: `Pa55word-${index}`,
  }));
}

async function copyAndSeal(client) {
  const vault = openVault([generateKey()]);
  const rows = [];
  const events = [];
  for (const { port, user, pass } of entries()) {
    const id = crypto.randomUUID();
    const label = `gw.example-${user}`;
    const { token, keyId, fingerprint } = vault.seal(
      { user, secret: new Secret(pass) },
      { id, label, scheme: "http" },
    );
    rows.push([id, label, `http://gw.example:${port}`, "basic", token, keyId, fingerprint, "{}"].join("\t"));
    const message = `Proxy ${label} (http://gw.example:${port}) was added.`;
    events.push(
      [new Date().toISOString(), "proxy.added", "info", "user:bench", "bench", id, message].join("\t"),
    );
  }
  const proxyColumns =
    "id, label, endpoint_url, auth_type, credentials_encrypted, credentials_key_id, credential_fp, metadata";
  await client.query("begin");
  await copy(client, `launch.network_proxies (${proxyColumns})`, rows);
  await copy(client, "launch.events (at, kind, severity, actor, host, proxy_id, message)", events);
  await client.query("commit");
}

// pg has no COPY of its own; this is the protocol's whole part of it.
function copy(client, target, rows) {
  return new Promise((resolve, reject) => {
    client.query({
      submit: (connection) => connection.query(`copy ${target} from stdin`),
      handleCopyInResponse(connection) {
        connection.sendCopyFromChunk(Buffer.from(`${rows.join("\n")}\n`));
        connection.endCopyFrom();
      },
      handleError: reject,
      handleCommandComplete: () => {},
      handleReadyForQuery: () => resolve(),
    });
  });
}

function start(words) {
  return spawn(join(root, "bin", "launch"), words, { env, cwd: home, stdio: ["ignore", "pipe", "pipe"] });
}

async function launch(words) {
  const child = spawn(join(root, "bin", "launch"), words, {
    env,
    cwd: home,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => (stderr += chunk));
  const [status] = await once(child, "close");
  if (status !== 0) throw new Error(`launch ${words[0]} ended with ${status}: ${stderr}`);
  return stdout;
}
