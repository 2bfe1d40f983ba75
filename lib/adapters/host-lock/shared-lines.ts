import { type LifeLine, openLifeLine } from "./life-line.ts";

/** One user of a place's socket; it is opened when first asked for, and closed when its last user left. */
export interface LineUse {
  name(): Promise<string>;
  leave(): void;
}

interface Shared {
  opening: Promise<LifeLine> | undefined;
  line: LifeLine | undefined;
  users: number;
}

/** The listening sockets of this process: one a place, however many locks it holds there. */
export class SharedLines {
  readonly #open = new Map<string, Shared>();

  use(place: string): LineUse {
    const shared: Shared = this.#open.get(place) ?? { opening: undefined, line: undefined, users: 0 };
    this.#open.set(place, shared);
    shared.users += 1;
    return {
      name: async () => {
        shared.opening ??= openLifeLine(place);
        shared.line = await shared.opening;
        return shared.line.name;
      },
      leave: () => {
        shared.users -= 1;
        if (shared.users > 0) return;
        this.#open.delete(place);
        shared.line?.close();
      },
    };
  }
}
