import type { Plugin } from 'rolldown'

export function kubeconfigOnly(): Plugin
