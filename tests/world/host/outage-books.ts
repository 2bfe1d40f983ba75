import type { Outage, OutageBook } from "../../../lib/ports/alerts/outage-book.ts";

/** What a host has written of a lost database; one launcher at a time lives there. */
export function outageBook(): OutageBook {
  let written: Outage | undefined;
  return {
    isWritten: async () => written !== undefined,
    take: async () => ({
      read: async () => written,
      write: async (outage) => {
        written = outage;
      },
      forget: async () => {
        written = undefined;
      },
      release: () => {},
    }),
  };
}
