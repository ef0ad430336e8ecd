SELECT gateway, channel FROM missed
