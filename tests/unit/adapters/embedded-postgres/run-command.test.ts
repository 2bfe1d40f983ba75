import { expect, test } from "vitest";
import { runCommand } from "../../../../lib/adapters/embedded-postgres/engine/run-command.ts";

const shell = (script: string, timeoutMs: number) =>
  runCommand({ file: "/bin/sh", args: ["-c", script], timeoutMs });

test("a command that takes too long is killed and told from one that something else killed", async () => {
  expect(await shell("exec sleep 600", 50)).toMatchObject({ code: undefined, wasTooSlow: true });
  expect(await shell("kill -9 $$", 600_000)).toMatchObject({
    code: undefined,
    output: "ended by SIGKILL",
    wasTooSlow: false,
  });
});

test("a command that ends by itself was not too slow, whatever its status", async () => {
  expect(await shell("echo no >&2; exit 3", 600_000)).toEqual({ code: 3, output: "no", wasTooSlow: false });
});
