import type { englishInvites } from "./englishInvites";

/** Texts about invites in Spanish. */
export const spanishInvites: typeof englishInvites = {
  invites: {
    title: "Invitaciones",
    from: (name) => (name ? `${name} te invita` : "Tienes una invitación"),
    asModerator: "para moderar",
    asOwner: "para ser propietario",
    accept: "Aceptar",
    acceptTo: (room) => `Aceptar la invitación a ${room}`,
    decline: "Rechazar",
    declineTo: (room) => `Rechazar la invitación a ${room}`,
    arrived: (name, room) => (name ? `${name} te invita a ${room}.` : `Tienes una invitación a ${room}.`),
    page: {
      loading: "Consultando la invitación…",
      failed: "No se pudo cargar la invitación.",
      retry: "Reintentar",
      join: "Unirse",
      later: "Ahora no",
      until: (time) => `Válida hasta ${time}`,
      isMember: "Ya estás en esta sala.",
      open: "Abrir la sala",
      back: "Volver a las conversaciones",
      refused: {
        "not-found": "Esta invitación no existe o es para otra persona.",
        "invite-expired": "Esta invitación ha caducado. Pide una nueva.",
        "invite-revoked": "Esta invitación fue retirada.",
        "invite-declined": "Has rechazado esta invitación.",
        "invite-used-up": "Esta invitación está agotada: ya la usaron todas las personas posibles.",
      },
      banned: "Tienes prohibida la entrada a esta sala.",
      bannedUntil: (time) => `Tienes prohibida la entrada a esta sala hasta ${time}.`,
    },
  },
  inviting: {
    open: "Invitar",
    title: (room) => `Invitar a ${room}`,
    close: "Cerrar",
    byLink: "Con un enlace",
    lifetime: "Válida por",
    lifetimes: { hour: "1 hora", day: "1 día", week: "7 días", ever: "Hasta que se revoque" },
    uses: "Para cuántas",
    anyNumber: "Sin límite",
    people: (count) => (count === 1 ? "1 persona" : `${count} personas`),
    make: "Crear un enlace",
    makeAnother: "Crear otro enlace",
    link: "El enlace",
    once: "Cópialo ahora: solo se muestra esta vez.",
    copy: "Copiar",
    copied: "Copiado",
    person: "Una persona",
    search: "Buscar personas por nombre",
    invite: "Invitar",
    inviteThem: (name) => `Invitar a ${name}`,
    invited: "Con invitación",
    isMember: "Ya está aquí",
    list: "Invitaciones abiertas",
    none: "No hay invitaciones abiertas.",
    failed: "No se pudieron cargar las invitaciones.",
    retry: "Reintentar",
    aLink: "Enlace",
    used: (uses, most) =>
      most !== null
        ? `${uses} de ${most} usos`
        : uses === 0
          ? "sin usar"
          : uses === 1
            ? "usada una vez"
            : `usada ${uses} veces`,
    until: (time) => `hasta ${time}`,
    revoke: "Revocar",
    revokeOf: (whose) => `Revocar la invitación: ${whose}`,
  },
};
