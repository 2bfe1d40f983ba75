// Proxies that hand everything on to another one, where the relay stands: squid and tinyproxy of Debian, proxy-chain of npm.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, startListener, startPart } from "../../harness/parts.mjs";

/** Starts each that is installed in front of the proxy: { name: { port, pid, auth } }. */
export async function openForwarders(tools, upstream) {
  const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
  tools.atEnd(() => rmSync(folder, { recursive: true, force: true }));
  const opened = {};
  if (tools.peers.has("proxy-chain"))
    opened["proxy-chain"] = { ...(await startPart(tools, "proxy-chain", upstream)), auth: "bot:Token" };
  if (tools.peers.has("squid")) opened.squid = await openSquid(tools, { folder, ...upstream });
  if (tools.peers.has("tinyproxy")) opened.tinyproxy = await openTinyproxy(tools, { folder, ...upstream });
  return opened;
}

async function openSquid(tools, { folder, port: parent, user, pass }) {
  const port = await freePort();
  const file = join(folder, "squid.conf");
  writeFileSync(
    file,
    `http_port 127.0.0.1:${port}
cache_peer 127.0.0.1 parent ${parent} 0 no-query no-digest default login=${user}:${pass}
never_direct allow all
http_access allow all
cache deny all
access_log none
cache_log /dev/null
pid_filename ${join(folder, "squid.pid")}
coredump_dir /
max_filedescriptors 16384
shutdown_lifetime 0 seconds
`,
  );
  return startListener(tools, { file: "/usr/sbin/squid", words: ["-N", "-f", file], port });
}

async function openTinyproxy(tools, { folder, port: parent, user, pass }) {
  const port = await freePort();
  const file = join(folder, "tinyproxy.conf");
  writeFileSync(
    file,
    `Port ${port}
Listen 127.0.0.1
Timeout 600
MaxClients 4000
LogLevel Critical
Upstream http ${user}:${pass}@127.0.0.1:${parent}
`,
  );
  return startListener(tools, { file: "tinyproxy", words: ["-d", "-c", file], port });
}
