SELECT channel FROM occupied_channels
