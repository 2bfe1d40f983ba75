import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Made, makePrivateFolder, writeNewFile } from "../adapters/host-files/new-file.ts";
import { renderTemplate } from "../adapters/hosts/render-template.ts";
import { createKeyFile } from "../adapters/vault/edit-key-file.ts";
import type { InitPlan } from "../config/load/init-plan.ts";
import { packageRoot } from "../config/package-root.ts";

/** One thing that `launch init` cares for, and whether it was there before. */
export interface InitStep {
  readonly what: "state folder" | "key file" | "launch.yaml" | ".env";
  readonly path: string;
  readonly result: Made;
}

/** Makes what is missing of a plan; never overwrites, so it may be run again after a failure. */
export async function initialise(plan: InitPlan): Promise<readonly InitStep[]> {
  const root = packageRoot();
  const steps: InitStep[] = [];
  const add = (what: InitStep["what"], path: string, result: Made) => steps.push({ what, path, result });
  add("state folder", plan.stateFolder, await makePrivateFolder(plan.stateFolder));
  if (plan.keyFile !== undefined) add("key file", plan.keyFile, await makeKeyFile(plan.keyFile));
  const template = readFileSync(join(root, "templates", "init", "launch.yaml.txt"), "utf8");
  const yaml = renderTemplate(template, { schema: join(root, "docs", "launch.schema.json") });
  add("launch.yaml", plan.configFile, await writeNewFile(plan.configFile, yaml));
  const example = readFileSync(join(root, ".env.example"), "utf8");
  const lines = plan.envLines.map((line) => `\n${line}\n`).join("");
  add(".env", plan.envFile, await writeNewFile(plan.envFile, example + lines));
  return steps;
}

async function makeKeyFile(path: string): Promise<Made> {
  await makePrivateFolder(dirname(path));
  return createKeyFile(path, writeNewFile);
}
