// What a figure depends on beside the program.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import { root } from "./places.mjs";

/** The machine, its software and its load at this moment. */
export function describeMachine() {
  const [{ model }] = cpus();
  return {
    processors: `${cpus().length} × ${model.trim()}`,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    system: systemName(),
    node: process.version,
    slipway: slipwayVersion(),
    load: Number(loadavg()[0].toFixed(2)),
  };
}

function systemName() {
  try {
    return /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1] ?? process.platform;
  } catch {
    return process.platform;
  }
}

function slipwayVersion() {
  const { version } = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));
  const { status, stdout } = spawnSync("git", ["rev-parse", "--short=8", "HEAD"], {
    cwd: root,
    encoding: "utf8",
  });
  return status === 0 ? `${version} (${stdout.trim()})` : version;
}
