import { KeyNames } from "../../lib/redaction/key-names";

const names = new KeyNames([], true, []);
const variants = (words: readonly string[]): string[] => {
  const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1);
  const [first = "", ...rest] = words;
  return [
    words.join("_"),
    words.join("-"),
    words.join("."),
    words.join(" "),
    words.join(""),
    first + rest.map(capital).join(""),
    words.map(capital).join(""),
    words.map(capital).join("-"),
    words.join("_").toUpperCase(),
    words.join("").toUpperCase(),
    `x-${words.join("-")}`,
    `http.request.header.${words.join("_")}`,
    `desk${words.map(capital).join("")}2`,
  ];
};

describe("a name stands for a secret", () => {
  it.each(
    (
      "authorization,proxy authorization,cookie,set cookie,password,passwd,pwd,user password,passphrase,pass code,secret,client secret," +
      "session secret,token,access token,refresh token,id token,auth token,api token,session token,security token,csrf token," +
      "credential,credentials,private key,access key,secret key,secret access key,api key,api keys,signing key,encryption key,session key," +
      "account key,shared key,shared access key,ssh key,subscription key,jwt,connection string,ssn,card number,cvv,access tokens"
    ).split(","),
  )("however it is written: %s", (name) => {
    const written = variants(name.split(" "));
    expect(written.filter((one) => !names.isSecret(one))).toEqual([]);
    expect(
      written.filter((one) => {
        names.hint!.lastIndex = 0;
        return !names.hint!.test(one);
      }),
    ).toEqual([]);
  });

  it.each(
    "PGPASSWORD,dbpassword,openaiapikey,MYSECRETKEY,pAsSwOrD,ToKeN,aPiKeY,clientsecret,密码password,password1".split(
      ",",
    ),
  )("in one word: %s", (name) => expect(names.isSecret(name)).toBe(true));

  it.each(
    (
      "author,authority,tokenizer,tokens,max_tokens,maxTokens,input_tokens,total_tokens,gen_ai.usage.input_tokens,token_count,tokenCount," +
      "token_type,token_ids,max_token,time_to_first_token,price_per_token,eos_token,token.limit,secretary,secretariat,monkey,keyboard," +
      "key,primary_key,public_key,keyword,session_id,sessionId,thread_id,user,name,passport,compass,pass,bypass,accessor,carding," +
      "gen_ai.token.type,completion_token,cached_token_count,basket,signature,,_,123,traceloop.entity.input"
    ).split(","),
  )("but not as a part of a word, nor where tokens are counted: %s", (name) => {
    expect(names.isSecret(name)).toBe(false);
  });

  it("by names of the user's too, in any writing, also without the defaults", () => {
    const own = new KeyNames(["customer_iban", "internalId", "Ключ доступа"], false, []);
    for (const name of [
      "customer.iban",
      "CustomerIBAN",
      "x_customer-iban_y",
      "customeriban",
      "INTERNAL_ID",
      "ключДоступа",
    ]) {
      expect([name, own.isSecret(name)]).toEqual([name, true]);
    }
    for (const name of ["iban", "customer", "internal", "internalIdea", "password"]) {
      expect([name, own.isSecret(name)]).toEqual([name, false]);
    }
    expect(new KeyNames([], false, []).hint).toBeUndefined();
  });

  it("whatever its length, and however many there are", () => {
    expect(names.isSecret(`${"very_".repeat(50_000)}password`)).toBe(true);
    for (let index = 0; index < 5_000; index++) expect(names.isSecret(`column${index}`)).toBe(false);
    expect(names.isSecret("late_password")).toBe(true);
  });

  it("unless only what was redacted in it does", () => {
    expect(names.isSecret("postgres://ada:[redacted:url-password]@db")).toBe(false);
  });
});
