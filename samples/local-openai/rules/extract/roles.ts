/** The words by which a field or what is around it says whose it is. */
export const PERSON =
  /\b(?:person|people|users?|owners?|assignees?|employees?|authors?|members?|attendees?|participants?|contacts?|speakers?|responsible|manager|lead|reporter|requester|sender|patients?|students?|age|job|role|birthday|email)\b/;
export const FIRM =
  /\b(?:vendors?|suppliers?|sellers?|merchants?|compan(?:y|ies)|organi[sz]ations?|employers?|firms?|issuers?|brands?)\b/;
export const PARTY = /\b(?:customers?|clients?|accounts?|buyers?|part(?:y|ies))\b/;
export const GOODS = /\b(?:products?|articles?|goods|sku|quantity)\b/;
