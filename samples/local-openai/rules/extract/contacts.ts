import { distinct } from "./passage.js";

const EMAIL = /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
/** As people write it where machines read along: "dana (at) example.com", "dana at example dot com". */
const SPELT_EMAIL = /[\w.+-]+ ?(?:@|[([]at[)\]]| at ) ?[\w-]+(?: ?(?:\.|[([]dot[)\]]| dot ) ?[\w-]+)+/gi;
const PHONE = /(?<![\w-])(?:\+|\(?0)[\d ()/.-]{6,}\d/g;
/** Codes of one, two and three digits, as ITU-T E.164 assigns them: none is the beginning of another. */
const COUNTRY_CODE = /(?<![\w+])\+ ?([17]|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|[2-9]\d{2})(?!\d{13})/;
const URL = /\bhttps?:\/\/[^\s<>"')]+[^\s<>"').,;]/g;

/** Addresses as they stand in the text, the spelt ones last. */
export function readEmails(text: string): string[] {
  return distinct([...(text.match(EMAIL) ?? []), ...(text.match(SPELT_EMAIL) ?? [])]);
}

/** A spelt address as a mail program wants it. */
export function toEmail(written: string): string {
  return written
    .replace(/\s*(?:[([]at[)\]]|\s+at\s+)\s*/i, "@")
    .replace(/\s*(?:[([]dot[)\]]|\s+dot\s+)\s*/gi, ".")
    .replace(/\s+/g, "");
}

export function readPhones(text: string): string[] {
  return distinct((text.match(PHONE) ?? []).map((phone) => phone.trim()));
}

/** A number as E.164 has it; a national one stays as it is where no country code is known. */
export function toE164(written: string, countryCode: string | undefined): string {
  const digits = written.replace(/\(0\)/, "").replace(/\D/g, "");
  if (written.trim().startsWith("+")) return `+${digits}`;
  if (digits.startsWith("00")) return `+${digits.slice(2)}`;
  return countryCode === undefined ? written : `+${countryCode}${digits.replace(/^0/, "")}`;
}

/** The country code of the first number that is written with one, such as 41 in "+41 79…". */
export function countryCodeIn(text: string): string | undefined {
  return COUNTRY_CODE.exec(text)?.[1];
}

export function readUrls(text: string): string[] {
  return distinct(text.match(URL) ?? []);
}
