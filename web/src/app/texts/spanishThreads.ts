import type { englishThreads } from "./englishThreads";

/** Texts about threads, quotes and mentions in Spanish. */
export const spanishThreads: typeof englishThreads = {
  threads: {
    reply: "Responder en un hilo",
    title: "Hilo",
    all: "Hilos",
    close: "Cerrar el hilo",
    first: "Primer mensaje del hilo",
    list: "Respuestas",
    none: "Todavía no hay respuestas",
    noneFollowed: "No sigues ningún hilo. Sigues aquellos en los que escribes o te mencionan.",
    older: "Mostrar respuestas anteriores",
    failed: "No se pudo cargar el hilo.",
    loading: "Cargando…",
    retry: "Reintentar",
    gone: "Este hilo ya no existe o no puedes verlo.",
    replies: (count) => (count === 1 ? "1 respuesta" : `${count} respuestas`),
    last: (time) => `última: ${time}`,
    unread: (count) => (count === 1 ? "1 respuesta sin leer" : `${count} respuestas sin leer`),
    replyTo: (name, text) => `Respuesta a ${name}: ${text}`,
    inThread: "Respuesta en un hilo",
    write: "Respuesta",
    placeholder: "Responde en este hilo",
    also: "Enviar también a la conversación",
    follow: "Seguir",
    following: "Siguiendo",
  },
  quotes: {
    quote: "Citar",
    label: "Mensaje citado, ir a él:",
    quoting: (name) => `Cita de ${name}`,
    remove: "Quitar la cita",
    loading: "Cargando el mensaje citado…",
    deleted: "Mensaje eliminado",
  },
  mentions: {
    label: "Personas para mencionar",
    found: (count) =>
      count === 1 ? "1 sugerencia. Intro la menciona." : `${count} sugerencias. Elige con las flechas, Intro menciona.`,
    everybody: "Todos los miembros",
    count: (count) => (count === 1 ? "1 mención" : `${count} menciones`),
  },
};
