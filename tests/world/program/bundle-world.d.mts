import type { Mutant } from "../mutants.ts";

export function bundleWorld(file: string, mutant: Mutant | undefined): Promise<void>;
export function mutants(): Promise<readonly Mutant[]>;
