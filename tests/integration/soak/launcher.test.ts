import { once } from "node:events";
import { existsSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { openSlipway, type Slipway } from "../../../lib/index.ts";
import type { EchoMood } from "../../lab/echo.ts";
import type { RunningLaunch } from "../../lab/launch-command.ts";
import type { Stage } from "../../lab/stage.ts";
import { patient } from "../../patience/patience.ts";
import { addAccount, e2eStage, ok, proxyOf, readyOn } from "../../support/e2e-stage.ts";
import { eventually } from "../../support/eventually.ts";
import { signal } from "../../support/processes/signal.ts";
import { quartersOf } from "./growth.ts";
import { holdingsOf, measuredOptions } from "./launcher-holdings.ts";

const isFull = process.env["LAUNCH_TEST_SIZE"] === "full";
const times = isFull ? 500 : 4;
const tunnelsEach = 200;
const tunnels = tunnelsEach * times;
const lossesInARow = 3;
// Those of a bot's network come and go with what the bot just does; one that is forgotten each time would be hundreds.
const mostFiles = 10;
// Pages that the allocator keeps and code that was compiled; 375 times 64 KiB, what one forgotten connection would keep, is twice as
// much, and so is 75,000 times 350 bytes, what one forgotten tunnel would.
const mostBytes = 12 * 1_048_576;
const alice = { kind: "bot", name: "alice" } as const;
const program = fileURLToPath(new URL("../../fixtures/bots/opens-tunnels.mjs", import.meta.url));

describe.skipIf(process.platform !== "linux" || !isFull)("a launcher that runs for long", () => {
  let target: Server;
  let stage: Stage;
  let operator: Slipway;
  beforeAll(async () => {
    // What nobody reads has no end, and stays open.
    target = createServer((socket) =>
      socket
        .on("error", () => {})
        .resume()
        .end("x"),
    ).listen(0, "127.0.0.1");
    await once(target, "listening");
  });
  afterAll(() => void target.close());
  afterEach(async () => {
    await operator.close();
    await stage.close();
  });

  test.each(isFull ? (["auto", "preload"] as const) : (["auto"] as const))(
    `with isolation %s holds no more after ${times} restarts, ${times} rotations, ${times} lost exits and ${tunnels} tunnels than after a quarter of them`,
    { timeout: patient(isFull ? 1_800_000 : 100_000) },
    async (isolation) => {
      const { port } = target.address() as AddressInfo;
      const command = [process.execPath, program, `venue.test:${port}`, String(tunnelsEach)];
      const bot = JSON.stringify({ command, isolation, ...(isolation === "auto" ? { ports: [port] } : {}) });
      stage = await e2eStage({
        proxies: { "fra-1": "http", "ams-1": "socks5" },
        yaml: () => `bots: { alice: ${bot} }`,
      });
      await addAccount(stage, "alice", ["fra-1", "ams-1"]);
      const configFile = join(stage.folder, "launch.yaml");
      operator = await openSlipway({ stateFolder: stage.stateFolder, configFile });
      const launcher = stage.start(["up"], { env: { NODE_OPTIONS: measuredOptions } });
      await readyOn(stage, launcher, "fra-1");
      const work = async (part: number): Promise<void> => {
        await startAnew(launcher);
        for (const verb of ["restart", "rotate"] as const) await askOften(launcher, verb, part);
        let leftOtherwise = 0;
        for (let done = 1; done <= part; done += 1) {
          if (!(await loseExit(launcher))) leftOtherwise += 1;
          expect(leftOtherwise).toBeLessThan(part / 20 + 1);
          if (done % lossesInARow === 0) await startAnew(launcher);
        }
        for (let done = 0; done < part; done += 1) await openTunnels(launcher);
      };
      const quarters = await quartersOf(times, work, holdingsOf(launcher, stage));
      if (isFull) for (const each of quarters) process.stdout.write(`${isolation} ${JSON.stringify(each)}\n`);
      const [early, , , late] = quarters;
      for (const what of ["handles", "timers", "processes", "sockets"] as const)
        expect(late[what] - early[what], what).toBeLessThanOrEqual(2);
      expect(late.files - early.files, "files").toBeLessThanOrEqual(mostFiles);
      // After a handful, memory still grows with the code that is compiled.
      expect(late.heapBytes - early.heapBytes).toBeLessThan(mostBytes);
      if (isFull) expect(late.privateBytes - early.privateBytes).toBeLessThan(mostBytes);
      launcher.signal("SIGTERM");
      expect(await launcher.ended).toBe(0);
    },
  );

  // On a busy machine a witness may be late and one of them in vain: the launcher goes on, and it is asked again.
  async function askOften(launcher: RunningLaunch, verb: "restart" | "rotate", often: number): Promise<void> {
    const inVain: string[] = [];
    for (let done = 0; done < often; ) {
      const { isDone, text } = await operator.runs.ask(alice, verb);
      if (isDone) done += 1;
      else inVain.push(`${verb} ${done + 1}: ${text}`);
      expect(inVain.length, [...inVain, ...launcher.stderr.slice(-20)].join("\n")).toBeLessThan(
        often / 20 + 1,
      );
    }
    if (inVain.length > 0) process.stdout.write(`${inVain.join("\n")}\n`);
  }

  // The witnesses see another exit than the proven one, so the bot moves to the other proxy; then an operator sets the lost one right.
  // False when it was left for something else: on a busy machine a witness may be late, and then nobody is blamed for a drift.
  async function loseExit(launcher: RunningLaunch): Promise<boolean> {
    const ready = readyLines(launcher);
    const label = ready.at(-1)?.includes("fra-1") === true ? "fra-1" : "ams-1";
    await witnessesAre({ kind: "lie", address: "127.0.0.99", peer: proxyOf(stage, label).exitIp });
    await operator.runs.ask(alice, "check");
    await readyAgain(launcher, ready.length);
    await witnessesAre({ kind: "honest" });
    // The verdict may be stored after the move.
    const state = async () =>
      (await operator.proxies.list()).find(({ proxy }) => proxy.label === label)?.proxy.state;
    const hasDrifted = await eventually(state, (now) => now === "drifted", 20_000).then(
      () => true,
      () => false,
    );
    await operator.proxies.disable(label);
    await operator.proxies.enable(label);
    await operator.accounts.revive({ accountName: "alice", proxyLabel: label });
    return hasDrifted;
  }

  // Another run: who loses its exit too often within one waits longer and longer.
  async function startAnew(launcher: RunningLaunch): Promise<void> {
    const { length } = readyLines(launcher);
    await ok(stage, ["stop", "alice"]);
    await ok(stage, ["start", "alice"]);
    await readyAgain(launcher, length);
  }

  async function witnessesAre(mood: EchoMood): Promise<void> {
    for (const witness of stage.witnesses) await witness.order({ do: "mood", mood });
  }

  async function openTunnels(launcher: RunningLaunch): Promise<void> {
    const heard = () => launcher.stdout.filter((line) => line.includes("heard "));
    const { length } = heard();
    // The launcher is ready before the first line of the process.
    const started = () =>
      Number(launcher.stdout.findLast((line) => line.includes("started "))?.split("started ")[1]);
    const pid = await eventually(started, (last) => existsSync(`/proc/${last}`));
    signal(pid, "SIGUSR1");
    await eventually(heard, (lines) => lines.length > length, 60_000, 20);
    expect(heard().at(-1)).toContain(`heard ${tunnelsEach} of ${tunnelsEach}`);
  }
});

function readyLines({ stderr, stdout }: RunningLaunch): readonly string[] {
  return [...stderr, ...stdout].filter((line) => line.includes("proven 2/2"));
}

async function readyAgain(launcher: RunningLaunch, before: number): Promise<void> {
  await eventually(
    () => readyLines(launcher).length,
    (now) => now > before,
    60_000,
    20,
  );
}
