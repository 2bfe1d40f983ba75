import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { patientSeconds } from "../../patience/patience.ts";
import { signalGroup } from "../../support/processes/signal.ts";
import { shellClient } from "../clients/inline-client.ts";
import { useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();

test("a program that leaves orders for something outside gets out, as the pages say in plain words", async () => {
  const orders = join(here.folder, "orders");
  execFileSync("mkfifo", [orders]);
  const [file = "", ...words] = here.lab.botSide;
  // It does what it finds written, as cron and the next shell do.
  const outside = spawn(file, [...words, "sh", "-c", `while :; do sh <'${orders}'; done`], {
    env: { PATH: "/usr/bin:/bin" },
    stdio: "ignore",
    detached: true,
  });
  const ended = once(outside, "exit");
  try {
    const visit = `curl --silent --max-time ${patientSeconds(5)} http://$LEAK_IPV4/$LEAK_TAG`;
    const [honest, escape] = await here.search({
      tier: "kernel",
      clients: [
        shellClient("curl by itself", visit),
        shellClient(
          "curl by order",
          `echo "${visit}; echo done >'${orders}.done'" >'${orders}'; until [ -e '${orders}.done' ]; do sleep 0.1; done`,
        ),
      ],
    });
    expect(honest?.verdict).toBe("proxied");
    expect(escape?.verdict).toBe("LEAK");
    expect(escape?.why).toContain(here.lab.addresses.direct[0]);
  } finally {
    signalGroup(outside.pid, "SIGKILL");
    await ended;
  }
  const guide = readFileSync(new URL("../../../docs/guarantees.md", import.meta.url), "utf8");
  const section = guide.split("\n## ").find((text) => text.startsWith("What is not guaranteed"));
  expect(section).toMatch(/hostile program with your user id/);
  expect(section).toMatch(/ask a\s+program outside/);
});
