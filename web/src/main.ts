import "./style/tokens.css";
import "./style/base.css";
import "./style/print.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { begin } from "./i18n/index.svelte";

const target = document.getElementById("app");
if (target) {
  await begin();
  mount(App, { target });
}
