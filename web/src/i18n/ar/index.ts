// Every area of this language as one module, but the words of records, which come after the page.
export default import.meta.glob<Record<string, string | Record<string, string>>>(["./*.json", "!./{compare,council,desk,detail,ledger,records,rule,today,why,write}.json"], { eager: true, import: "default" });
