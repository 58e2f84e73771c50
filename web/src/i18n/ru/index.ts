// Every area of this language as one module, but the words of records, which come after the page.
export default import.meta.glob<Record<string, string | Record<string, string>>>(["./*.json", "!./{desk,detail,rule,today,write}.json"], { eager: true, import: "default" });
