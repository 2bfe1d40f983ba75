import { type LifeLine, openLifeLine } from "./life-line.ts";

interface Shared {
  opening: Promise<LifeLine> | undefined;
  line: LifeLine | undefined;
  users: number;
}

/** The listening sockets of this process: one a place, however many locks it holds there. */
export class SharedLines {
  readonly #open = new Map<string, Shared>();

  /** One user more of a place's socket; it is opened when first asked for, and closed when its last user left. */
  use(place: string) {
    const shared: Shared = this.#open.get(place) ?? { opening: undefined, line: undefined, users: 0 };
    this.#open.set(place, shared);
    shared.users += 1;
    return {
      name: async (): Promise<string> => {
        shared.opening ??= openLifeLine(place);
        shared.line = await shared.opening;
        return shared.line.name;
      },
      leave: (): void => {
        shared.users -= 1;
        if (shared.users > 0) return;
        this.#open.delete(place);
        shared.line?.close();
      },
    };
  }
}
