import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { eventually } from "../../support/eventually.ts";
import { shellClient } from "../clients/inline-client.ts";
import { whyUntested } from "../lab/needed-program.ts";
import { useLeakLab } from "../lab/use-leak-lab.ts";

const here = useLeakLab();

test("a program that asks a daemon outside to act for it gets out, as docs/guarantees.md says in plain words", async (context) => {
  const why = whyUntested("/usr/bin/tmux");
  if (why !== undefined) return context.skip(why);
  const socket = join(here.folder, "own.sock");
  const [file = "", ...words] = here.lab.botSide;
  // A tmux of the same user outside, on a socket that is at no usual place.
  const outside = spawn(file, [...words, "tmux", "-D", "-f", "/dev/null", "-S", socket], {
    env: { PATH: "/usr/bin:/bin", HOME: here.folder, LC_ALL: "C.UTF-8" },
    stdio: "ignore",
  });
  const ended = once(outside, "exit");
  try {
    await eventually(
      () => existsSync(socket),
      (isThere) => isThere,
    );
    const visit = "curl --silent --max-time 5 http://$LEAK_IPV4/$LEAK_TAG";
    const [honest, escape] = await here.search({
      tier: "kernel",
      clients: [
        shellClient("curl by itself", visit),
        shellClient("curl by tmux", `tmux -S '${socket}' run-shell "${visit}"`),
      ],
    });
    expect(honest?.verdict).toBe("proxied");
    expect(escape?.verdict).toBe("LEAK");
    expect(escape?.why).toContain(here.lab.addresses.direct[0]);
  } finally {
    outside.kill("SIGKILL");
    await ended;
  }
  const guide = readFileSync(new URL("../../../docs/guarantees.md", import.meta.url), "utf8");
  const section = guide.split("\n## ").find((text) => text.startsWith("What is not guaranteed"));
  expect(section).toMatch(/hostile program with your user id/);
  expect(section).toMatch(/ask a daemon outside/);
});
