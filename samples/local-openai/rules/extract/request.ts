const ASKS =
  /^(?:please\s+)?(?:extract|read|parse|find|get|list|identify|classify|summari[sz]e|pull|turn|convert|analy[sz]e|sort|here is)\b[^:\n]{0,120}?(?::\s*|\n+|(?<=\b(?:text|message|mail|note|below|following))\.\s+)/i;
const WANTS =
  /^(?:please\s+)?(?:create|write|build|draft|make|prepare|generate|compose)\s+(?:me\s+)?(?:an?|the)\s+[^.:\n]{1,60}?(?:\s+(?:for|about|on)\s+(?:the\s+)?|:\s*)/i;
const QUOTES = /^(?:```|[`"'“«])\s*(.*?)\s*(?:```|[`"'”»])\.?$/s;

/** The text that a prompt is about, without the words that say what to do with it and the quotes around it. */
export function readSubject(prompt: string): string {
  const trimmed = prompt.trim();
  const text = trimmed.replace(ASKS, "").replace(WANTS, "").trim() || trimmed;
  return QUOTES.exec(text)?.[1] ?? text;
}
