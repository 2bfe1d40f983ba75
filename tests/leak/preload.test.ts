import { expect, test } from "vitest";
import { clientsOf } from "../../lib/leak-check/find-leaks.ts";
import { battery, useLeakLab, verdicts } from "./lab/use-leak-lab.ts";

const here = useLeakLab();

test("every way that Node has goes through the proxy or nowhere in the preload tier", async () => {
  const rows = await here.search({ tier: "preload", clients: clientsOf("preload", battery) });
  const refused = rows.filter(({ verdict }) => verdict === "refused").map(({ client }) => client);
  expect(rows.filter(({ verdict }) => verdict === "LEAK")).toEqual([]);
  // Datagrams have no way through a TCP proxy, names are answered without a question, and raw handles are shut.
  expect(refused).toEqual([
    "node dns.lookup",
    "node dns.resolve4",
    "node dns, server in the code",
    "node dgram, UDP 443",
    "node dgram, connected, IPv6",
    "node native handle",
  ]);
  expect(Object.values(verdicts(rows)).filter((verdict) => verdict === "proxied").length).toBeGreaterThan(13);
});
