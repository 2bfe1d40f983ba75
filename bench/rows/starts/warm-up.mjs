// A `launch up` that is asked over its socket to stop and to start a unit, as `launch stop` and `launch start` do.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { built } from "../../harness/places.mjs";

const upLine = /^\S+ +\| up (\d+)$/;

/** Runs the units in one launcher; `restart` measures from the question to the first line of a unit that was stopped before. */
export async function openWarmUp(desk, names) {
  const { operatorDialer } = await built("lib/adapters/operator-socket/operator-dialer.js");
  const launcher = desk.stage.start(["up", ...names]);
  for (const name of names) await launcher.line(new RegExp(`^${name} +\\| up \\d+$`));
  const folder = join(desk.stage.stateFolder, "run");
  const socket = join(
    folder,
    readdirSync(folder).find((name) => name.startsWith(`${launcher.pid}-`) && name.endsWith(".op.sock")),
  );
  const dialer = operatorDialer("bench");
  const { value: units } = await dialer.snapshot(socket);
  const keys = Object.fromEntries(units.map(({ name, unitKey }) => [name, unitKey]));
  const ask = async (name, verb) => {
    const heard = await dialer.ask(
      socket,
      keys[name],
      { verb, by: "bench", arguments: {} },
      { withinMs: 60_000 },
    );
    if (heard.kind !== "answered" || !heard.value.isDone)
      throw new Error(`${verb} ${name}: ${JSON.stringify(heard)}`);
  };
  return {
    pid: launcher.pid,
    async start(quiet, name) {
      await ask(name, "stop");
      await quiet();
      const seen = launcher.stdout.length;
      const startedAt = performance.now();
      const asked = ask(name, "start");
      await lineAfter(launcher, seen, name);
      const start = performance.now() - startedAt;
      await asked;
      return { start };
    },
    end: () => launcher.end(),
  };
}

async function lineAfter(launcher, seen, name) {
  const pattern = new RegExp(`^${name} +\\| up (\\d+)$`);
  const before = launcher.stdout
    .slice(0, seen)
    .filter((line) => pattern.test(line))
    .map((line) => upLine.exec(line)[1]);
  await launcher.line(new RegExp(`^${name} +\\| up (?!(?:${before.join("|")})$)\\d+$`));
}
