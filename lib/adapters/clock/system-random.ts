import { randomInt, randomUUID } from "node:crypto";
import type { Random } from "../../ports/clock.ts";

const steps = 2 ** 47;

/** Randomness of the operating system: uuids also serve as run tokens, so nothing weaker will do. */
export const systemRandom: Random = {
  uuid: () => randomUUID(),
  random01: () => randomInt(steps) / steps,
};
