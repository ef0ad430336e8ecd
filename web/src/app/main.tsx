import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { adoptLanguage } from "./language";
import { adoptPath } from "./route";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/sidebar.css";
import "./styles/conversation.css";
import "./styles/messages.css";
import "./styles/markdown.css";
import "./styles/threads.css";
import "./styles/composer.css";
import "./styles/files.css";
import "./styles/viewer.css";
import "./styles/search.css";
import "./styles/invites.css";
import "./styles/people.css";
import "./styles/forms.css";
import "./styles/notifications.css";
import "./styles/alerts.css";
import "./styles/own-alert.css";
import "./styles/security.css";
import "./styles/alert-detail.css";

adoptPath();
const root = document.getElementById("root");
if (root) {
  await adoptLanguage();
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}
