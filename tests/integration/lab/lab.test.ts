import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { type LabCertificates, makeLabCertificates } from "../../lab/certificates.ts";
import { startEcho } from "../../lab/echo.ts";
import { type LabProxyOptions, startHttpProxy, startTlsProxy } from "../../lab/http-proxy.ts";
import { startLabProcess } from "../../lab/lab-process.ts";
import { startSocksProxy } from "../../lab/socks-proxy.ts";
import { startVenue } from "../../lab/venue.ts";
import { patientSeconds } from "../../patience/patience.ts";

const names = { "venue.test": "127.0.0.21", "witness.test": "127.0.0.22" };
const account = {
  exitAddress: "127.0.0.11",
  user: "user",
  pass: "p@ss:w/%rd",
  names,
} satisfies LabProxyOptions;
const folder = mkdtempSync(join(tmpdir(), "lab-"));
const caFile = join(folder, "ca.pem");
let certificates: LabCertificates;
const closers: Array<() => Promise<void>> = [];

beforeAll(async () => {
  certificates = await makeLabCertificates();
  writeFileSync(caFile, certificates.ca);
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => rmSync(folder, { recursive: true }));

const started = async <T extends { close(): Promise<void> }>(piece: Promise<T>): Promise<T> => {
  const it = await piece;
  closers.push(() => it.close());
  return it;
};

const starters = {
  http: () => startHttpProxy(account),
  https: () => startTlsProxy({ ...account, certificates }),
  socks5: () => startSocksProxy(account),
};

for (const [scheme, start] of Object.entries(starters)) {
  const proxyArgs = (port: number, pass = account.pass) => [
    "--proxy",
    `${scheme === "socks5" ? "socks5h" : scheme}://localhost:${port}`,
    "--proxy-user",
    `${account.user}:${pass}`,
    "--proxy-cacert",
    caFile,
    "--cacert",
    caFile,
  ];
  const curl = (args: readonly string[]) =>
    execa("curl", ["-sS", "--max-time", `${patientSeconds(10)}`, ...args]);

  test(`through the ${scheme} proxy the venue sees the exit address of the proxy`, async () => {
    const venue = await started(startVenue({ listen: { host: "127.0.0.21" }, certificates }));
    const proxy = await started(start());
    const url = `https://venue.test:${venue.port}/order`;
    const { stdout } = await curl([...proxyArgs(proxy.port), "-H", "X-Account: alice", "-d", "{}", url]);
    expect(JSON.parse(stdout)).toMatchObject({ orderId: 1, account: "alice", peer: "127.0.0.11" });
    expect(venue.log).toMatchObject([
      { account: "alice", peer: "127.0.0.11", path: "/order", kind: "request" },
    ]);
    expect(proxy.counters()).toMatchObject({
      requests: 1,
      refused: 0,
      targets: [`venue.test:${venue.port}`],
    });
  });

  test(`the ${scheme} proxy refuses a wrong password, a name it does not know, and everything once killed`, async () => {
    const echo = await started(startEcho({ shape: "icanhazip", listen: { host: "127.0.0.22" } }));
    const proxy = await started(start());
    const url = `http://witness.test:${echo.port}/`;
    await expect(curl(["-f", "-p", ...proxyArgs(proxy.port, "wrong"), url])).rejects.toThrow();
    expect(proxy.counters().refused).toBeGreaterThan(0);
    await expect(curl(["-f", "-p", ...proxyArgs(proxy.port), "http://else.test/"])).rejects.toThrow();
    expect((await curl(["-p", ...proxyArgs(proxy.port), url])).stdout).toBe("127.0.0.11");
    await proxy.kill();
    await expect(curl(["-p", ...proxyArgs(proxy.port), url])).rejects.toThrow();
    await proxy.revive();
    expect((await curl(["-p", ...proxyArgs(proxy.port), url])).stdout).toBe("127.0.0.11");
  });
}

test("a witness tells the peer in its shape, lies, and shows a captive portal", async () => {
  const echo = await started(startEcho({ shape: "decodo", countries: { "127.0.0.1": "DE" } }));
  const read = async () => await (await fetch(`http://127.0.0.1:${echo.port}/json`)).text();
  expect(JSON.parse(await read())).toMatchObject({ proxy: { ip: "127.0.0.1" }, country: { code: "DE" } });
  echo.setMood({ kind: "lie", address: "203.0.113.9" });
  expect(JSON.parse(await read())).toMatchObject({ proxy: { ip: "203.0.113.9" } });
  echo.setMood({ kind: "html" });
  expect(await read()).toContain("Captive portal");
});

test("a proxy and a venue run as processes of their own, take orders, and die by SIGKILL", async () => {
  const venue = await started(
    startLabProcess({ kind: "venue", listen: { host: "127.0.0.21" }, certificates }),
  );
  const proxy = await startLabProcess({ kind: "http-proxy", ...account });
  const via = [
    "-x",
    `http://127.0.0.1:${proxy.port}`,
    "-U",
    `${account.user}:${account.pass}`,
    "--cacert",
    caFile,
  ];
  const ask = () =>
    execa("curl", ["-sS", "-f", "-m", "10", ...via, `https://venue.test:${venue.port}/time?account=bob`]);
  expect(JSON.parse((await ask()).stdout)).toMatchObject({ peer: "127.0.0.11" });
  expect(venue.entries).toMatchObject([{ account: "bob", peer: "127.0.0.11" }]);
  await proxy.order({ do: "fault", fault: { kind: "status", status: 403 } });
  await expect(ask()).rejects.toThrow("403");
  expect(await proxy.order({ do: "counters" })).toMatchObject({ counters: { requests: 1 } });
  await proxy.kill();
  await expect(ask()).rejects.toThrow("Failed to connect");
});
