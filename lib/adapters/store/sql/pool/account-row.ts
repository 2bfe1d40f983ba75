import type { Account, CountryCode, VenueName } from "../../../../domain/account.ts";
import type { AccountId } from "../../../../domain/ids.ts";
import { optionalTextAt, textAt, textsAt } from "../decode.ts";
import type { Row } from "../session.ts";

// A row of `accounts a`, with what is wanted of its bot.
export const accountJson = `to_jsonb(a) || jsonb_build_object('wanted', coalesce(
    (select u.wanted from launch.units u where u.unit_key = 'bot:' || a.id), 'up'))`;

export function decodeAccount(row: Row): Account {
  const heldBy = optionalTextAt(row, "held_by");
  return {
    id: textAt(row, "id") as AccountId,
    name: textAt(row, "name"),
    venues: textsAt(row, "venues") as readonly VenueName[],
    allowedCountries: textsAt(row, "allowed_countries") as readonly CountryCode[],
    groupName: optionalTextAt(row, "group_name"),
    wanted: textAt(row, "wanted") as Account["wanted"],
    hold: heldBy === undefined ? undefined : { by: heldBy, why: textAt(row, "held_why") },
    registeredChanges: optionalTextAt(row, "registered_changes"),
    keyLabel: optionalTextAt(row, "key_label"),
  };
}
