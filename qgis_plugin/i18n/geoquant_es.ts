<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
<name>geoquant</name>
<message>
<source> At least {}.</source>
<translation> Como mínimo {}.</translation>
</message>
<message>
<source> Separated by commas: {}</source>
<translation> Separados por comas: {}</translation>
</message>
<message>
<source>A file for the page of results, which otherwise goes when QGIS does.</source>
<translation>Un archivo para la página de resultados, que si no desaparece con QGIS.</translation>
</message>
<message>
<source>A model out of the list, or any ONNX file, float or INT8.</source>
<translation>Un modelo de la lista o cualquier archivo ONNX, float o INT8.</translation>
</message>
<message>
<source>A model without a card is shown with what is missing, and with the parameter that gives it.</source>
<translation>Un modelo sin ficha se muestra con lo que falta y con el parámetro que lo indica.</translation>
</message>
<message>
<source>A model without a card runs when the parameters from “Model card in a file of its own” on say what a card would.</source>
<translation>Un modelo sin ficha funciona si los parámetros a partir de «Ficha del modelo en un archivo propio» dicen lo que diría una ficha.</translation>
</message>
<message>
<source>A mosaic is made of two scenes or more; choose them or their folder, or take “Classify raster”.</source>
<translation>Un mosaico se hace con dos escenas o más; elíjalas o elija su carpeta, o use «Clasificar ráster».</translation>
</message>
<message>
<source>A quality mask for each scene, in the same order, on any grid. Without one, a product's own, else spectral tests tell the imaging conditions.</source>
<translation>Una máscara de calidad para cada escena, en el mismo orden, en cualquier cuadrícula. Sin máscara, la del producto o, si no, pruebas espectrales dan las condiciones de imagen.</translation>
</message>
<message>
<source>A raster layer: GeoTIFF, VRT, /vsicurl/ address, or any layer of a Sentinel-2 or Landsat Collection 2 product, which stands for the whole product.</source>
<translation>Una capa ráster: GeoTIFF, VRT, dirección /vsicurl/ o cualquier capa de un producto Sentinel-2 o Landsat Collection 2, que vale por todo el producto.</translation>
</message>
<message>
<source>A raster that says what is cloud, shadow, snow or water, on any grid.</source>
<translation>Un ráster que dice qué es nube, sombra, nieve o agua, en cualquier cuadrícula.</translation>
</message>
<message>
<source>About the scene</source>
<translation>Sobre la escena</translation>
</message>
<message>
<source>Address of a proxy, such as http://host:3128; user:password@ goes before the host if it asks.</source>
<translation>Dirección de un proxy, como http://host:3128; usuario:contraseña@ va delante del host si los pide.</translation>
</message>
<message>
<source>All files</source>
<translation>Todos los archivos</translation>
</message>
<message>
<source>All rasters and products in this folder are scenes, too; what lies in folders below is not looked at.</source>
<translation>También son escenas todos los rásteres y productos de esta carpeta; lo que está en subcarpetas no se mira.</translation>
</message>
<message>
<source>Also gives a map of how much of each 256 x 256 px of the scene is unlike what the model was calibrated on, in percent; for INT8 models.</source>
<translation>Da también un mapa de cuánto de cada 256 x 256 px de la escena difiere de aquello con lo que se calibró el modelo, en tanto por ciento; para modelos INT8.</translation>
</message>
<message>
<source>Also gives a map of the winning class's probability in percent: strong colours where it is unsure.</source>
<translation>Da también un mapa de la probabilidad de la clase elegida en tanto por ciento: colores fuertes donde es insegura.</translation>
</message>
<message>
<source>Also loads the model into each engine, to see how much runs in INT8 and what stays in float.</source>
<translation>Carga también el modelo en cada motor, para ver cuánto se ejecuta en INT8 y qué queda en float.</translation>
</message>
<message>
<source>Also look at the values of each band</source>
<translation>Ver también los valores de cada banda</translation>
</message>
<message>
<source>Also look at what each engine runs in INT8</source>
<translation>Ver también qué ejecuta cada motor en INT8</translation>
</message>
<message>
<source>Also map the confidence</source>
<translation>Cartografiar también la confianza</translation>
</message>
<message>
<source>Also map the drift</source>
<translation>Cartografiar también la deriva</translation>
</message>
<message>
<source>Also measure what each layer costs</source>
<translation>Medir también lo que cuesta cada capa</translation>
</message>
<message>
<source>Also measures what each layer alone costs in INT8; a picture of it lies beside the model.</source>
<translation>Mide también lo que cuesta cada capa por sí sola en INT8; una imagen de ello queda junto al modelo.</translation>
</message>
<message>
<source>Also read the scene coarsely: with which values does each band enter?</source>
<translation>Leer también la escena de forma gruesa: ¿con qué valores entra cada banda?</translation>
</message>
<message>
<source>Also write how much there is of each class (CSV).</source>
<translation>Escribir también cuánto hay de cada clase (CSV).</translation>
</message>
<message>
<source>Also write the card as a STAC item of the MLM extension (JSON).</source>
<translation>Escribir también la ficha como item STAC de la extensión MLM (JSON).</translation>
</message>
<message>
<source>An extent needs the CRS of the map where the scenes come from a folder; choose one.</source>
<translation>Una extensión necesita el SRC del mapa cuando las escenas vienen de una carpeta; elija uno.</translation>
</message>
<message>
<source>Area</source>
<translation>Área</translation>
</message>
<message>
<source>Area by class</source>
<translation>Área por clase</translation>
</message>
<message>
<source>Area of interest (polygons)</source>
<translation>Área de interés (polígonos)</translation>
</message>
<message>
<source>As the network sees them</source>
<translation>Como los ve la red</translation>
</message>
<message>
<source>Available</source>
<translation>Disponible</translation>
</message>
<message>
<source>Band</source>
<translation>Banda</translation>
</message>
<message>
<source>Bands</source>
<translation>Bandas</translation>
</message>
<message>
<source>Bands in the model's order: names, common names, 1-based indices, ranges of these (1-129,136-224), or wavelengths where the scene tells them (665nm, 420-900nm).</source>
<translation>Bandas en el orden del modelo: nombres, nombres comunes, números desde 1, intervalos de números (1-129,136-224) o longitudes de onda donde la escena las indica (665nm, 420-900nm).</translation>
</message>
<message>
<source>Bands of the scene, in the model's order</source>
<translation>Bandas de la escena, en el orden del modelo</translation>
</message>
<message>
<source>Bands that the model was trained on</source>
<translation>Bandas con las que se entrenó el modelo</translation>
</message>
<message>
<source>Bands that the model was trained on, in the order of its input channels.</source>
<translation>Bandas con las que se entrenó el modelo, en el orden de sus canales de entrada.</translation>
</message>
<message>
<source>Bands: {}</source>
<translation>Bandas: {}</translation>
</message>
<message>
<source>CRS of the map</source>
<translation>SRC del mapa</translation>
</message>
<message>
<source>CSV files</source>
<translation>Archivos CSV</translation>
</message>
<message>
<source>Calibration</source>
<translation>Calibración</translation>
</message>
<message>
<source>Calibration tiles</source>
<translation>Teselas de calibración</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes.</source>
<translation>Teselas de calibración que se eligen entre todas las escenas.</translation>
</message>
<message>
<source>Calibration tiles to choose over all scenes; 32 to 128 are usual.</source>
<translation>Teselas de calibración que se eligen entre todas las escenas; lo habitual son de 32 a 128.</translation>
</message>
<message>
<source>Cancelled; the environment was not made.</source>
<translation>Cancelado; no se creó el entorno.</translation>
</message>
<message>
<source>Candidates</source>
<translation>Candidatas</translation>
</message>
<message>
<source>Card as a STAC item</source>
<translation>Ficha como item STAC</translation>
</message>
<message>
<source>Check</source>
<translation>Comprobar</translation>
</message>
<message>
<source>Checking the environment</source>
<translation>Comprobando el entorno</translation>
</message>
<message>
<source>Choose a model</source>
<translation>Elegir un modelo</translation>
</message>
<message>
<source>Choose an ONNX file</source>
<translation>Elegir un archivo ONNX</translation>
</message>
<message>
<source>Choose calibration tiles</source>
<translation>Elegir teselas de calibración</translation>
</message>
<message>
<source>Choose the Model for Previews…</source>
<translation>Elegir el modelo de las vistas previas…</translation>
</message>
<message>
<source>Chooses the tiles of your scenes that calibrate an INT8 model and those that judge it, and says why.</source>
<translation>Elige las teselas de sus escenas que calibran un modelo INT8 y las que lo juzgan, y dice por qué.</translation>
</message>
<message>
<source>Choosing the engine that is fastest on this computer</source>
<translation>Eligiendo el motor más rápido en este equipo</translation>
</message>
<message>
<source>Choosing tiles</source>
<translation>Eligiendo teselas</translation>
</message>
<message>
<source>Chosen tiles</source>
<translation>Teselas elegidas</translation>
</message>
<message>
<source>Class</source>
<translation>Clase</translation>
</message>
<message>
<source>Class map</source>
<translation>Mapa de clases</translation>
</message>
<message>
<source>Class polygons</source>
<translation>Polígonos de clases</translation>
</message>
<message>
<source>Classes</source>
<translation>Clases</translation>
</message>
<message>
<source>Classes in the order of the output channels; value=name sets a value.</source>
<translation>Clases en el orden de los canales de salida; valor=nombre fija un valor.</translation>
</message>
<message>
<source>Classes of the model</source>
<translation>Clases del modelo</translation>
</message>
<message>
<source>Classes of {}</source>
<translation>Clases de {}</translation>
</message>
<message>
<source>Classes: {}</source>
<translation>Clases: {}</translation>
</message>
<message>
<source>Classify Raster…</source>
<translation>Clasificar ráster…</translation>
</message>
<message>
<source>Classify What the Map Shows</source>
<translation>Clasificar lo que muestra el mapa</translation>
</message>
<message>
<source>Classify mosaic of rasters</source>
<translation>Clasificar un mosaico de rásteres</translation>
</message>
<message>
<source>Classify raster</source>
<translation>Clasificar ráster</translation>
</message>
<message>
<source>Classify raster…</source>
<translation>Clasificar ráster…</translation>
</message>
<message>
<source>Classify with it</source>
<translation>Clasificar con él</translation>
</message>
<message>
<source>Classifying</source>
<translation>Clasificando</translation>
</message>
<message>
<source>Classifying the calibration tiles in float</source>
<translation>Clasificando las teselas de calibración en float</translation>
</message>
<message>
<source>Classifying what the map shows</source>
<translation>Clasificando lo que muestra el mapa</translation>
</message>
<message>
<source>Clear land, water, snow, cloud and shadow are imaging conditions: a model that is right on average can be wrong in one of them.</source>
<translation>Tierra despejada, agua, nieve, nube y sombra son condiciones de imagen: un modelo que acierta en promedio puede fallar en una de ellas.</translation>
</message>
<message>
<source>Compare models</source>
<translation>Comparar modelos</translation>
</message>
<message>
<source>Comparing INT8 with float</source>
<translation>Comparando INT8 con float</translation>
</message>
<message>
<source>Comparing layers</source>
<translation>Comparando capas</translation>
</message>
<message>
<source>Condition</source>
<translation>Condición</translation>
</message>
<message>
<source>Condition in which INT8 does worst</source>
<translation>Condición en la que INT8 es peor</translation>
</message>
<message>
<source>Conditions by mask value</source>
<translation>Condiciones por valor de la máscara</translation>
</message>
<message>
<source>Confidence</source>
<translation>Confianza</translation>
</message>
<message>
<source>Correcting the INT8 model</source>
<translation>Corrigiendo el modelo INT8</translation>
</message>
<message>
<source>Description</source>
<translation>Descripción</translation>
</message>
<message>
<source>Details</source>
<translation>Detalles</translation>
</message>
<message>
<source>Downloading packages</source>
<translation>Descargando paquetes</translation>
</message>
<message>
<source>Drawing the tiles</source>
<translation>Dibujando las teselas</translation>
</message>
<message>
<source>Drift</source>
<translation>Deriva</translation>
</message>
<message>
<source>Each finding is fine, a warning or a problem, with what to do about it.</source>
<translation>Cada hallazgo está bien, es una advertencia o un problema, con lo que hay que hacer.</translation>
</message>
<message>
<source>Engine</source>
<translation>Motor</translation>
</message>
<message>
<source>Every imaging condition (clear land, water, snow, cloud, shadow) gets its share of tiles that are unlike each other, and the darkest and brightest values of every band are among them. Look at the layer, delete or add tiles, save it, and give it to “Quantize model” as “Take the tiles of this file”.</source>
<translation>Cada condición de imagen (tierra despejada, agua, nieve, nube, sombra) recibe su parte de teselas distintas entre sí, y los valores más oscuros y más claros de cada banda están entre ellas. Mire la capa, borre o añada teselas, guárdela y désela a «Cuantizar modelo» como «Tomar las teselas de este archivo».</translation>
</message>
<message>
<source>Every tile as a picture, and every band's histogram</source>
<translation>Cada tesela como imagen y el histograma de cada banda</translation>
</message>
<message>
<source>Extent</source>
<translation>Extensión</translation>
</message>
<message>
<source>Extent of the result, in the scene's CRS.</source>
<translation>Extensión del resultado, en el SRC de la escena.</translation>
</message>
<message>
<source>Fetching pip</source>
<translation>Obteniendo pip</translation>
</message>
<message>
<source>Find what is wrong</source>
<translation>Encontrar lo que falla</translation>
</message>
<message>
<source>Findings</source>
<translation>Hallazgos</translation>
</message>
<message>
<source>Float model</source>
<translation>Modelo float</translation>
</message>
<message>
<source>Folder of scenes</source>
<translation>Carpeta de escenas</translation>
</message>
<message>
<source>Folder of wheels</source>
<translation>Carpeta de wheels</translation>
</message>
<message>
<source>For computers without a network: a folder with all packages. The end of this page says how to fill it.</source>
<translation>Para equipos sin red: una carpeta con todos los paquetes. El final de esta página dice cómo llenarla.</translation>
</message>
<message>
<source>Found</source>
<translation>Hallado</translation>
</message>
<message>
<source>Found in the scene</source>
<translation>Hallada en la escena</translation>
</message>
<message>
<source>Further bands of the scene</source>
<translation>Más bandas de la escena</translation>
</message>
<message>
<source>Gate: points of mean IoU that may be lost</source>
<translation>Umbral: puntos de IoU medio que pueden perderse</translation>
</message>
<message>
<source>Go on where the scene can't be read</source>
<translation>Seguir donde no se puede leer la escena</translation>
</message>
<message>
<source>Ground sampling distance</source>
<translation>Resolución en el terreno</translation>
</message>
<message>
<source>Ground sampling distance of the model (m)</source>
<translation>Resolución en el terreno del modelo (m)</translation>
</message>
<message>
<source>Ground sampling distance that the model was trained at, in metres.</source>
<translation>Resolución en el terreno con la que se entrenó el modelo, en metros.</translation>
</message>
<message>
<source>HTML files</source>
<translation>Archivos HTML</translation>
</message>
<message>
<source>Health of {}</source>
<translation>Salud de {}</translation>
</message>
<message>
<source>Held out</source>
<translation>Reservadas</translation>
</message>
<message>
<source>Held-out pixels</source>
<translation>Píxeles reservados</translation>
</message>
<message>
<source>Highest</source>
<translation>Máximo</translation>
</message>
<message>
<source>How</source>
<translation>Cómo</translation>
</message>
<message>
<source>How a tensor's range is chosen from its histograms; mse weighs every imaging condition the same, auto takes mse or min-max, whichever measures better.</source>
<translation>Cómo se elige el rango de un tensor a partir de sus histogramas; mse pesa igual cada condición de imagen, auto toma mse o min-max, el que mida mejor.</translation>
</message>
<message>
<source>How many imaging conditions are proved</source>
<translation>Cuántas condiciones de imagen están demostradas</translation>
</message>
<message>
<source>How ranges are chosen</source>
<translation>Cómo se eligen los rangos</translation>
</message>
<message>
<source>INT8 against float</source>
<translation>INT8 frente a float</translation>
</message>
<message>
<source>INT8 model</source>
<translation>Modelo INT8</translation>
</message>
<message>
<source>INT8 model {}</source>
<translation>Modelo INT8 {}</translation>
</message>
<message>
<source>Imaging conditions</source>
<translation>Condiciones de imagen</translation>
</message>
<message>
<source>In --mlm, give the path of a model wherever it lies.</source>
<translation>En --mlm, dar la ruta del modelo dondequiera que esté.</translation>
</message>
<message>
<source>In INT8</source>
<translation>En INT8</translation>
</message>
<message>
<source>Inference engine</source>
<translation>Motor de inferencia</translation>
</message>
<message>
<source>Inference engine; auto takes the fastest on this scene that keeps the classes.</source>
<translation>Motor de inferencia; auto toma el más rápido en esta escena que conserve las clases.</translation>
</message>
<message>
<source>Inspect model and scene</source>
<translation>Inspeccionar modelo y escena</translation>
</message>
<message>
<source>Installing packages</source>
<translation>Instalando paquetes</translation>
</message>
<message>
<source>It is calibrated on some tiles of your scenes and judged on others. Where a model that computes in INT8 alone would lose too much, its most sensitive layers stay in float. When the worst imaging condition still loses more than “Gate” allows, no model is written, and the algorithm fails and says so.</source>
<translation>Se calibra con algunas teselas de sus escenas y se juzga con otras. Donde un modelo que calcula solo en INT8 perdería demasiado, sus capas más sensibles quedan en float. Si la peor condición de imagen pierde aún más de lo que permite «Umbral», no se escribe ningún modelo, y el algoritmo falla y lo dice.</translation>
</message>
<message>
<source>Its Python environment is missing: 175 MB to download.</source>
<translation>Falta su entorno de Python: 175 MB que descargar.</translation>
</message>
<message>
<source>Joining small regions</source>
<translation>Uniendo regiones pequeñas</translation>
</message>
<message>
<source>Judge on so many tiles, chosen over all scenes, instead of on every pixel not calibrated on.</source>
<translation>Juzgar en este número de teselas, elegidas en todas las escenas, en vez de en cada píxel no usado para calibrar.</translation>
</message>
<message>
<source>Judges an INT8 model against the float model that it was made from, on tiles that calibration did not see.</source>
<translation>Juzga un modelo INT8 frente al modelo float del que se hizo, con teselas que la calibración no vio.</translation>
</message>
<message>
<source>Judging each tile by a model that has not seen it</source>
<translation>Juzgando cada tesela con un modelo que no la ha visto</translation>
</message>
<message>
<source>Keep a model that its gate refuses</source>
<translation>Conservar un modelo que su umbral rechaza</translation>
</message>
<message>
<source>Keeps a model that the gate refuses, to look into it, under the same name with “.refused” in it; the algorithm fails all the same.</source>
<translation>Conserva un modelo que el umbral rechaza, para examinarlo, con el mismo nombre y «.refused» en él; el algoritmo falla igualmente.</translation>
</message>
<message>
<source>Kind of the mask</source>
<translation>Tipo de máscara</translation>
</message>
<message>
<source>Layers left in float</source>
<translation>Capas que quedan en float</translation>
</message>
<message>
<source>Layers of one band each that belong to the same scene, where its bands lie in several files.</source>
<translation>Capas de una banda cada una que pertenecen a la misma escena, cuando sus bandas están en varios archivos.</translation>
</message>
<message>
<source>Leaves out the comparison of an INT8 model's speed with its float model's, which takes some seconds.</source>
<translation>Omite la comparación de velocidad de un modelo INT8 con su modelo float, que tarda unos segundos.</translation>
</message>
<message>
<source>Left empty, QGIS's own Python or another one of this computer is found.</source>
<translation>Si se deja vacío, se busca el Python de QGIS u otro de este equipo.</translation>
</message>
<message>
<source>Left empty, that of most pixels of the scenes; where an extent is given, that of the first scene.</source>
<translation>Vacío: el de la mayoría de los píxeles de las escenas; si se da una extensión, el de la primera escena.</translation>
</message>
<message>
<source>License</source>
<translation>Licencia</translation>
</message>
<message>
<source>Limitations</source>
<translation>Limitaciones</translation>
</message>
<message>
<source>Limitations: {}</source>
<translation>Limitaciones: {}</translation>
</message>
<message>
<source>Looked at</source>
<translation>Se miró</translation>
</message>
<message>
<source>Looking at the engines</source>
<translation>Mirando los motores</translation>
</message>
<message>
<source>Looking at the environment</source>
<translation>Mirando el entorno</translation>
</message>
<message>
<source>Looking at the model's numbers</source>
<translation>Mirando los números del modelo</translation>
</message>
<message>
<source>Looking at the scene</source>
<translation>Mirando la escena</translation>
</message>
<message>
<source>Looking at the scenes</source>
<translation>Mirando las escenas</translation>
</message>
<message>
<source>Looking for a Python</source>
<translation>Buscando un Python</translation>
</message>
<message>
<source>Looks for what usually goes wrong with a model and, with a scene, with feeding one to the other.</source>
<translation>Busca lo que suele fallar con un modelo y, con una escena, al dar una al otro.</translation>
</message>
<message>
<source>Lowest</source>
<translation>Mínimo</translation>
</message>
<message>
<source>Make small</source>
<translation>Reducir</translation>
</message>
<message>
<source>Makes an INT8 model of a float model: about a quarter of the size, and faster on most computers.</source>
<translation>Hace de un modelo float un modelo INT8: cerca de un cuarto del tamaño y más rápido en la mayoría de los equipos.</translation>
</message>
<message>
<source>Makes the Python environment that geoquant runs in, beside your QGIS profile. Downloads about 175 MB, takes one or two minutes, and is needed once; it needs no rights of an administrator and no compiler.</source>
<translation>Crea el entorno de Python en el que corre geoquant, junto a su perfil de QGIS. Descarga unos 175 MB, tarda uno o dos minutos y hace falta una sola vez; no necesita derechos de administrador ni compilador.</translation>
</message>
<message>
<source>Making the environment</source>
<translation>Creando el entorno</translation>
</message>
<message>
<source>Map imaging conditions</source>
<translation>Cartografiar condiciones de imagen</translation>
</message>
<message>
<source>Maps the imaging conditions of a scene: clear land, water, snow, thick and thin cloud, cloud edge, shadow.</source>
<translation>Cartografía las condiciones de imagen de una escena: tierra despejada, agua, nieve, nube gruesa y fina, borde de nube, sombra.</translation>
</message>
<message>
<source>Matched by</source>
<translation>Asignada por</translation>
</message>
<message>
<source>Measuring memory and speed</source>
<translation>Midiendo memoria y velocidad</translation>
</message>
<message>
<source>Measuring ranges of values</source>
<translation>Midiendo rangos de valores</translation>
</message>
<message>
<source>Measuring what each layer costs</source>
<translation>Midiendo lo que cuesta cada capa</translation>
</message>
<message>
<source>Memory ceiling (MiB)</source>
<translation>Límite de memoria (MiB)</translation>
</message>
<message>
<source>Memory ceiling in MiB; sets tile size and tiles in flight.</source>
<translation>Límite de memoria en MiB; fija el tamaño de las teselas y cuántas hay en curso.</translation>
</message>
<message>
<source>Missing in the card</source>
<translation>Falta en la ficha</translation>
</message>
<message>
<source>Model</source>
<translation>Modelo</translation>
</message>
<message>
<source>Model card in a file of its own</source>
<translation>Ficha del modelo en un archivo propio</translation>
</message>
<message>
<source>Model card in a file of its own: geoquant JSON, STAC MLM item or Esri .emd.</source>
<translation>Ficha del modelo en un archivo propio: JSON de geoquant, item STAC MLM o .emd de Esri.</translation>
</message>
<message>
<source>Model for previews</source>
<translation>Modelo de las vistas previas</translation>
</message>
<message>
<source>Model {}</source>
<translation>Modelo {}</translation>
</message>
<message>
<source>Mpx/s</source>
<translation>Mpx/s</translation>
</message>
<message>
<source>Name</source>
<translation>Nombre</translation>
</message>
<message>
<source>Name models by their full paths</source>
<translation>Nombrar los modelos con su ruta completa</translation>
</message>
<message>
<source>Name models in the report by their full paths instead of their file names.</source>
<translation>Nombrar los modelos en el informe con su ruta completa en lugar del nombre de archivo.</translation>
</message>
<message>
<source>Network</source>
<translation>Red</translation>
</message>
<message>
<source>No data</source>
<translation>Sin datos</translation>
</message>
<message>
<source>No model was chosen; choose an ONNX file or a model that comes with geoquant.</source>
<translation>No se eligió ningún modelo; elija un archivo ONNX o un modelo que venga con geoquant.</translation>
</message>
<message>
<source>No-data value of the scene</source>
<translation>Valor sin datos de la escena</translation>
</message>
<message>
<source>Normalization (x - mean) / std: one mean per band, or one for all.</source>
<translation>Normalización (x - media) / desviación: una media por banda, o una para todas.</translation>
</message>
<message>
<source>Normalization: mean</source>
<translation>Normalización: media</translation>
</message>
<message>
<source>Normalization: standard deviation</source>
<translation>Normalización: desviación típica</translation>
</message>
<message>
<source>Not judged</source>
<translation>No juzgadas</translation>
</message>
<message>
<source>Not set</source>
<translation>Sin definir</translation>
</message>
<message>
<source>Not set: the scene's, else {}</source>
<translation>Sin definir: el de la escena, si no {}</translation>
</message>
<message>
<source>Not set: {} by the card</source>
<translation>Sin definir: {} según la ficha</translation>
</message>
<message>
<source>Notes</source>
<translation>Notas</translation>
</message>
<message>
<source>Nothing is made in between: every place is read from the scenes that lie there, and goes through the model once. Scenes of other zones, pixel sizes and units mix; “Where scenes overlap” says which one counts. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>No se crea nada intermedio: cada lugar se lee de las escenas que hay allí y pasa una vez por el modelo. Se mezclan escenas de otras zonas, tamaños de píxel y unidades; «Donde se solapan las escenas» dice cuál cuenta. El mapa aparece cuando está completo; una ejecución interrumpida sigue donde se detuvo.</translation>
</message>
<message>
<source>Number of tiles</source>
<translation>Número de teselas</translation>
</message>
<message>
<source>Number of tiles held out to judge on</source>
<translation>Número de teselas reservadas para juzgar</translation>
</message>
<message>
<source>ONNX file with 32-bit weights.</source>
<translation>Archivo ONNX con pesos de 32 bits.</translation>
</message>
<message>
<source>ONNX file, float or INT8.</source>
<translation>Archivo ONNX, float o INT8.</translation>
</message>
<message>
<source>ONNX models</source>
<translation>Modelos ONNX</translation>
</message>
<message>
<source>Only this part of the scene; in any CRS. Left empty, the whole scene.</source>
<translation>Solo esta parte de la escena, en cualquier SRC. Si se deja vacío, toda la escena.</translation>
</message>
<message>
<source>Open the page</source>
<translation>Abrir la página</translation>
</message>
<message>
<source>Open the report</source>
<translation>Abrir el informe</translation>
</message>
<message>
<source>Opening model and scene</source>
<translation>Abriendo modelo y escena</translation>
</message>
<message>
<source>Options…</source>
<translation>Opciones…</translation>
</message>
<message>
<source>Output of a network of one channel above which a pixel is of the second class; by default 0.5 of a probability, 0 of a logit.</source>
<translation>Salida de una red de un canal por encima de la cual un píxel es de la segunda clase; si no se indica, 0.5 para probabilidades y 0 para logits.</translation>
</message>
<message>
<source>Outside of the calibrated range</source>
<translation>Fuera del rango calibrado</translation>
</message>
<message>
<source>Outside of these polygons the result is no data. Any layer in any CRS, or its selected features.</source>
<translation>Fuera de estos polígonos el resultado no tiene datos. Cualquier capa en cualquier SRC, o sus objetos seleccionados.</translation>
</message>
<message>
<source>Overlap of blended tiles (px)</source>
<translation>Solape de las teselas fundidas (px)</translation>
</message>
<message>
<source>Overlap of blended tiles, for models with an unbounded receptive field.</source>
<translation>Solape de las teselas fundidas, para modelos con campo receptivo ilimitado.</translation>
</message>
<message>
<source>Page: INT8 against float</source>
<translation>Página: INT8 frente a float</translation>
</message>
<message>
<source>Page: chosen tiles</source>
<translation>Página: teselas elegidas</translation>
</message>
<message>
<source>Page: classes and their areas</source>
<translation>Página: clases y sus áreas</translation>
</message>
<message>
<source>Page: findings</source>
<translation>Página: hallazgos</translation>
</message>
<message>
<source>Page: model and scene</source>
<translation>Página: modelo y escena</translation>
</message>
<message>
<source>Page: strata and their areas</source>
<translation>Página: estratos y sus áreas</translation>
</message>
<message>
<source>Physical value = stored value x scale + offset, where the scene says none.</source>
<translation>Valor físico = valor guardado x escala + desplazamiento, donde la escena no lo dice.</translation>
</message>
<message>
<source>Pixels</source>
<translation>Píxeles</translation>
</message>
<message>
<source>Pixels inside</source>
<translation>Píxeles dentro</translation>
</message>
<message>
<source>Points of mean IoU that the worst imaging condition may lose: against the true classes 0.5 where nothing is given, else against the float map 2.5. As many points of agreement, or 2, may go too.</source>
<translation>Puntos de IoU medio que puede perder la peor condición de imagen: si no se indica nada 0,5 frente a las clases verdaderas, si no 2,5 frente al mapa float. Otros tantos puntos de coincidencia, o 2, pueden perderse también.</translation>
</message>
<message>
<source>Polygons (GeoPackage or GeoJSON); outside of them the result is no data.</source>
<translation>Polígonos (GeoPackage o GeoJSON); fuera de ellos el resultado no tiene datos.</translation>
</message>
<message>
<source>Preview: {}</source>
<translation>Vista previa: {}</translation>
</message>
<message>
<source>Problems</source>
<translation>Problemas</translation>
</message>
<message>
<source>Proved</source>
<translation>Demostradas</translation>
</message>
<message>
<source>Proxy</source>
<translation>Proxy</translation>
</message>
<message>
<source>Python that runs geoquant (left empty, its own environment)</source>
<translation>Python que ejecuta geoquant (vacío: su propio entorno)</translation>
</message>
<message>
<source>Python to make it from</source>
<translation>Python del que se crea</translation>
</message>
<message>
<source>QGIS's own Python stays as it is: GDAL, PROJ and NumPy of two origins in one process break each other, so that geoquant always runs in a process of its own.</source>
<translation>El Python de QGIS queda como está: GDAL, PROJ y NumPy de dos orígenes en un mismo proceso se estorban, así que geoquant corre siempre en un proceso propio.</translation>
</message>
<message>
<source>Quality mask</source>
<translation>Máscara de calidad</translation>
</message>
<message>
<source>Quality masks</source>
<translation>Máscaras de calidad</translation>
</message>
<message>
<source>Quantize model</source>
<translation>Cuantizar modelo</translation>
</message>
<message>
<source>Quick: without timing</source>
<translation>Rápido: sin medir tiempos</translation>
</message>
<message>
<source>Raster layers or files, as typical of what the model will see as possible. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Capas ráster o archivos, lo más típicos posible de lo que verá el modelo. Una capa de un producto Sentinel-2 o Landsat vale por todo el producto.</translation>
</message>
<message>
<source>Raster layers or files, each with its own bands, scale, offset and no-data value. A layer of a Sentinel-2 or Landsat product stands for the whole product.</source>
<translation>Capas o archivos ráster, cada uno con sus propias bandas, escala, desplazamiento y valor sin datos. Una capa de un producto Sentinel-2 o Landsat representa el producto entero.</translation>
</message>
<message>
<source>Raster whose grid the map takes</source>
<translation>Ráster cuya cuadrícula toma el mapa</translation>
</message>
<message>
<source>Rasters of true class values, one for each scene, in the same order, on any grid: accuracy is measured too.</source>
<translation>Rásteres de los valores de clase verdaderos, uno por escena, en el mismo orden, en cualquier cuadrícula: se mide también la exactitud.</translation>
</message>
<message>
<source>Rasters of true classes</source>
<translation>Rásteres de clases verdaderas</translation>
</message>
<message>
<source>Reading the model</source>
<translation>Leyendo el modelo</translation>
</message>
<message>
<source>Reading the scenes coarsely</source>
<translation>Leyendo las escenas de forma gruesa</translation>
</message>
<message>
<source>Receptive field</source>
<translation>Campo receptivo</translation>
</message>
<message>
<source>Report</source>
<translation>Informe</translation>
</message>
<message>
<source>Resample to this ground sampling distance (units of the CRS)</source>
<translation>Remuestrear a esta resolución en el terreno (unidades del SRC)</translation>
</message>
<message>
<source>Resamples all bands to pixels of this size, in units of the scene's CRS.</source>
<translation>Remuestrea todas las bandas a píxeles de este tamaño, en unidades del SRC de la escena.</translation>
</message>
<message>
<source>Run it again when something is broken: what is whole is kept, and what is not is made anew.</source>
<translation>Ejecútelo de nuevo si algo está roto: lo que está entero se conserva y lo demás se hace de nuevo.</translation>
</message>
<message>
<source>Runs a model over a scene and gives a map of classes with names and colours.</source>
<translation>Aplica un modelo a una escena y da un mapa de clases con nombres y colores.</translation>
</message>
<message>
<source>Runs a model over many scenes as over one image and gives one map of classes.</source>
<translation>Ejecuta un modelo sobre muchas escenas como sobre una sola imagen y da un mapa de clases.</translation>
</message>
<message>
<source>STAC items</source>
<translation>Items STAC</translation>
</message>
<message>
<source>Scale, offset</source>
<translation>Escala, desplazamiento</translation>
</message>
<message>
<source>Scene</source>
<translation>Escena</translation>
</message>
<message>
<source>Scenes</source>
<translation>Escenas</translation>
</message>
<message>
<source>Scenes to choose tiles from.</source>
<translation>Escenas de las que se eligen teselas.</translation>
</message>
<message>
<source>See “Normalization: mean”; with a mean of 0 and a standard deviation of 1 values enter as they are.</source>
<translation>Véase «Normalización: media»; con media 0 y desviación típica 1 los valores entran como están.</translation>
</message>
<message>
<source>See “Sensor scale”.</source>
<translation>Véase «Escala del sensor».</translation>
</message>
<message>
<source>Seed</source>
<translation>Semilla</translation>
</message>
<message>
<source>Seed of the choice; the same seed gives the same tiles.</source>
<translation>Semilla de la elección; la misma semilla da las mismas teselas.</translation>
</message>
<message>
<source>Seed of the tile choice and of the intervals.</source>
<translation>Semilla de la elección de teselas y de los intervalos.</translation>
</message>
<message>
<source>Seed of the tile choice; the same seed gives the same model.</source>
<translation>Semilla de la elección de teselas; la misma semilla da el mismo modelo.</translation>
</message>
<message>
<source>Sensor offset</source>
<translation>Desplazamiento del sensor</translation>
</message>
<message>
<source>Sensor scale</source>
<translation>Escala del sensor</translation>
</message>
<message>
<source>Sentinel-2 SCL or QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, or classes, see “Conditions by mask value”. Left empty it is told by the mask's name or values; none means spectral tests even where a product has a mask.</source>
<translation>Sentinel-2 SCL o QA60, Landsat QA_PIXEL, HLS Fmask, PlanetScope UDM2, o classes, véase «Condiciones por valor de la máscara». Si se deja vacío, lo dicen el nombre o los valores de la máscara; none significa pruebas espectrales aunque un producto tenga máscara.</translation>
</message>
<message>
<source>Set Up Environment…</source>
<translation>Instalar el entorno…</translation>
</message>
<message>
<source>Set up environment</source>
<translation>Instalar el entorno</translation>
</message>
<message>
<source>Set up now</source>
<translation>Instalar ahora</translation>
</message>
<message>
<source>Setting up the environment; the bar below the map shows how far it is.</source>
<translation>Instalando el entorno; la barra bajo el mapa muestra cuánto falta.</translation>
</message>
<message>
<source>Share</source>
<translation>Parte</translation>
</message>
<message>
<source>Share of classified pixels</source>
<translation>Parte de píxeles clasificados</translation>
</message>
<message>
<source>Share of its pixels that keep their class</source>
<translation>Parte de sus píxeles que conservan su clase</translation>
</message>
<message>
<source>Share of the work</source>
<translation>Parte del trabajo</translation>
</message>
<message>
<source>Show the log</source>
<translation>Mostrar el registro</translation>
</message>
<message>
<source>Shows what a model's card says and, with a scene, whether the two fit, band by band.</source>
<translation>Muestra lo que dice la ficha de un modelo y, con una escena, si van juntos, banda por banda.</translation>
</message>
<message>
<source>Side of a calibration tile in pixels.</source>
<translation>Lado de una tesela de calibración en píxeles.</translation>
</message>
<message>
<source>Side of a tile (px)</source>
<translation>Lado de una tesela (px)</translation>
</message>
<message>
<source>Side of a tile in pixels.</source>
<translation>Lado de una tesela en píxeles.</translation>
</message>
<message>
<source>Side of a tile in pixels; halved while the scenes are too small.</source>
<translation>Lado de una tesela en píxeles; a la mitad mientras las escenas sean demasiado pequeñas.</translation>
</message>
<message>
<source>Side of a tile in pixels; the result does not depend on it.</source>
<translation>Lado de una tesela en píxeles; el resultado no depende de él.</translation>
</message>
<message>
<source>Side of the tile that engines are looked at and timed on, in pixels.</source>
<translation>Lado, en píxeles, de la tesela con la que se miran y miden los motores.</translation>
</message>
<message>
<source>Size</source>
<translation>Tamaño</translation>
</message>
<message>
<source>Size of the INT8 file over the float file</source>
<translation>Tamaño del archivo INT8 entre el del archivo float</translation>
</message>
<message>
<source>Skip audit and timing</source>
<translation>Omitir la auditoría y la medición de tiempos</translation>
</message>
<message>
<source>Skips what does not change the model or its proof: what runs in INT8 in each engine, and how fast.</source>
<translation>Omite lo que no cambia ni el modelo ni su prueba: qué se ejecuta en INT8 en cada motor y a qué velocidad.</translation>
</message>
<message>
<source>Smaller regions become part of the neighbour with which they share the longest border, so that the polygons are fewer; the class map stays as it is. Places without data neither grow nor shrink.</source>
<translation>Las regiones menores pasan a la vecina con la que comparten la frontera más larga, para que haya menos polígonos; el mapa de clases queda como está. Los lugares sin datos ni crecen ni menguan.</translation>
</message>
<message>
<source>Smallest polygon (px)</source>
<translation>Polígono más pequeño (px)</translation>
</message>
<message>
<source>Speed on this machine</source>
<translation>Velocidad en este equipo</translation>
</message>
<message>
<source>Stored</source>
<translation>Guardado</translation>
</message>
<message>
<source>Stored value that means no data, where the scene declares none.</source>
<translation>Valor guardado que significa sin datos, donde la escena no declara ninguno.</translation>
</message>
<message>
<source>Strata</source>
<translation>Estratos</translation>
</message>
<message>
<source>Strata of {}</source>
<translation>Estratos de {}</translation>
</message>
<message>
<source>Tails</source>
<translation>Extremos</translation>
</message>
<message>
<source>Take the tiles of this file</source>
<translation>Tomar las teselas de este archivo</translation>
</message>
<message>
<source>Takes the tiles of this file, made by “Choose calibration tiles” and perhaps edited since.</source>
<translation>Toma las teselas de este archivo, hecho por «Elegir teselas de calibración» y quizá editado después.</translation>
</message>
<message>
<source>Telling imaging conditions apart</source>
<translation>Distinguiendo condiciones de imagen</translation>
</message>
<message>
<source>The area of interest can't be brought from {} to {}</source>
<translation>El área de interés no puede llevarse de {} a {}</translation>
</message>
<message>
<source>The area of interest can't be written: {}</source>
<translation>No se puede escribir el área de interés: {}</translation>
</message>
<message>
<source>The area of interest holds no polygon; select some, or leave it empty.</source>
<translation>El área de interés no contiene ningún polígono; seleccione alguno o déjela vacía.</translation>
</message>
<message>
<source>The classes as polygons, one for each connected region, without seams (GeoPackage).</source>
<translation>Las clases como polígonos, uno por cada región conexa, sin costuras (GeoPackage).</translation>
</message>
<message>
<source>The environment is ready: {}</source>
<translation>El entorno está listo: {}</translation>
</message>
<message>
<source>The environment is ready; geoquant can be used now.</source>
<translation>El entorno está listo; ya se puede usar geoquant.</translation>
</message>
<message>
<source>The environment's Python</source>
<translation>El Python del entorno</translation>
</message>
<message>
<source>The first scene that has data there (in the order of the list, a folder's by name), the latest by the date of acquisition, or the clearest pixel: clouds and shadows lose, and of equal ones the latest wins.</source>
<translation>La primera escena que tiene datos allí (en el orden de la lista; las de una carpeta, por nombre), la más reciente por fecha de adquisición, o el píxel más claro: nubes y sombras pierden, y entre iguales gana el más reciente.</translation>
</message>
<message>
<source>The folder {} for the page of results can't be made ({}).</source>
<translation>No se puede crear la carpeta {} para la página de resultados ({}).</translation>
</message>
<message>
<source>The gate does not hold: {}.</source>
<translation>El umbral no se cumple: {}.</translation>
</message>
<message>
<source>The gate holds: {}.</source>
<translation>El umbral se cumple: {}.</translation>
</message>
<message>
<source>The gate in words</source>
<translation>El umbral en palabras</translation>
</message>
<message>
<source>The map shows no scene; load a raster and choose it in the list of layers.</source>
<translation>El mapa no muestra ninguna escena; cargue un ráster y elíjalo en la lista de capas.</translation>
</message>
<message>
<source>The map shows nothing of “{}”; zoom to it.</source>
<translation>El mapa no muestra nada de «{}»; acérquese a ella.</translation>
</message>
<message>
<source>The map shows {} Mpx of the scene, more than a preview; zoom in, or classify it as a whole.</source>
<translation>El mapa muestra {} Mpx de la escena, más que una vista previa; acérquese, o clasifíquela entera.</translation>
</message>
<message>
<source>The map takes its CRS, pixel size and pixel corners, so that maps of many years lie on each other.</source>
<translation>El mapa toma su SRC, tamaño de píxel y esquinas de píxel, para que los mapas de muchos años coincidan.</translation>
</message>
<message>
<source>The map's extent can't be brought to the scene's CRS: {}</source>
<translation>La extensión del mapa no puede llevarse al SRC de la escena: {}</translation>
</message>
<message>
<source>The model</source>
<translation>El modelo</translation>
</message>
<message>
<source>The model can be used; no scene was given.</source>
<translation>El modelo puede usarse; no se dio ninguna escena.</translation>
</message>
<message>
<source>The model has no card; the options below “Model card in a file of its own” say what it would.</source>
<translation>El modelo no tiene ficha; las opciones bajo «Ficha del modelo en un archivo propio» dicen lo que diría.</translation>
</message>
<message>
<source>The model that the INT8 model was made from.</source>
<translation>El modelo del que se hizo el modelo INT8.</translation>
</message>
<message>
<source>The model that the tiles are for; without one, the bands as they are.</source>
<translation>El modelo para el que son las teselas; sin modelo, las bandas como están.</translation>
</message>
<message>
<source>The model {} does not exist; choose an ONNX file, or one that comes with geoquant: {}.</source>
<translation>El modelo {} no existe; elija un archivo ONNX, o uno de los que vienen con geoquant: {}.</translation>
</message>
<message>
<source>The model's card lacks: {}.</source>
<translation>A la ficha del modelo le falta: {}.</translation>
</message>
<message>
<source>The report shows what each imaging condition and class loses, with 95 % intervals, every layer's error, size, speed and memory. It is written, too, when the worst condition loses more than “Gate” allows.</source>
<translation>El informe muestra lo que pierde cada condición de imagen y cada clase, con intervalos del 95 %, el error de cada capa, tamaño, velocidad y memoria. Se escribe también cuando la peor condición pierde más de lo que permite «Umbral».</translation>
</message>
<message>
<source>The scene does not fit: {}</source>
<translation>La escena no encaja: {}</translation>
</message>
<message>
<source>The scene fits the model.</source>
<translation>La escena encaja con el modelo.</translation>
</message>
<message>
<source>The scene may be of any size: it is read in tiles, and memory does not grow with it. Layers of a Sentinel-2 or Landsat product stand for the whole product. The map appears when it is complete; a run that was interrupted goes on where it stopped.</source>
<translation>La escena puede tener cualquier tamaño: se lee por teselas y la memoria no crece con ella. Las capas de un producto Sentinel-2 o Landsat valen por todo el producto. El mapa aparece cuando está completo; una ejecución interrumpida sigue donde se detuvo.</translation>
</message>
<message>
<source>The setup failed.</source>
<translation>La instalación falló.</translation>
</message>
<message>
<source>The tiles are chosen; look at them.</source>
<translation>Las teselas están elegidas; mírelas.</translation>
</message>
<message>
<source>There is no Python {}; choose another, or leave the field empty and one is looked for.</source>
<translation>No hay ningún Python {}; elija otro, o deje el campo vacío y se buscará uno.</translation>
</message>
<message>
<source>There is no folder {}; choose the one that holds the wheels.</source>
<translation>No hay ninguna carpeta {}; elija la que contiene los wheels.</translation>
</message>
<message>
<source>There is no such file yet.</source>
<translation>Aún no existe ese archivo.</translation>
</message>
<message>
<source>This file can't be used: {}.</source>
<translation>Este archivo no puede usarse: {}.</translation>
</message>
<message>
<source>This will take about {}.</source>
<translation>Esto tardará unos {}.</translation>
</message>
<message>
<source>Threads</source>
<translation>Hilos</translation>
</message>
<message>
<source>Threads that infer; by default one per core.</source>
<translation>Hilos de inferencia; por defecto uno por núcleo.</translation>
</message>
<message>
<source>Threshold between two classes</source>
<translation>Umbral entre dos clases</translation>
</message>
<message>
<source>Tiles</source>
<translation>Teselas</translation>
</message>
<message>
<source>Tiles of {} px per imaging condition</source>
<translation>Teselas de {} px por condición de imagen</translation>
</message>
<message>
<source>Tiles that calibration does not see, to compare INT8 with float on.</source>
<translation>Teselas que la calibración no ve, para comparar INT8 con float.</translation>
</message>
<message>
<source>Tiles that were chosen</source>
<translation>Teselas que se eligieron</translation>
</message>
<message>
<source>Tiles to choose beside them, to compare INT8 with float on.</source>
<translation>Teselas que se eligen además, para comparar INT8 con float.</translation>
</message>
<message>
<source>Time</source>
<translation>Tiempo</translation>
</message>
<message>
<source>Times that tiles are drawn again</source>
<translation>Veces que se sortean de nuevo las teselas</translation>
</message>
<message>
<source>Times that tiles are drawn again for the 95 % intervals.</source>
<translation>Veces que se sortean de nuevo las teselas para los intervalos del 95 %.</translation>
</message>
<message>
<source>Timing the engines</source>
<translation>Midiendo el tiempo de los motores</translation>
</message>
<message>
<source>To fill a folder of wheels, on a computer of the same kind with the same version of Python:</source>
<translation>Para llenar una carpeta de wheels, en un equipo del mismo tipo con la misma versión de Python:</translation>
</message>
<message>
<source>Told by</source>
<translation>Se sabe por</translation>
</message>
<message>
<source>Trained on</source>
<translation>Entrenado con</translation>
</message>
<message>
<source>Trying drafts of the INT8 model</source>
<translation>Probando borradores del modelo INT8</translation>
</message>
<message>
<source>Trying which layers to leave in float</source>
<translation>Probando qué capas dejar en float</translation>
</message>
<message>
<source>Type</source>
<translation>Tipo</translation>
</message>
<message>
<source>Unreadable blocks</source>
<translation>Bloques ilegibles</translation>
</message>
<message>
<source>Unusual</source>
<translation>Inusual</translation>
</message>
<message>
<source>Use</source>
<translation>Usar</translation>
</message>
<message>
<source>Value</source>
<translation>Valor</translation>
</message>
<message>
<source>Values (1 %, 50 %, 99 %)</source>
<translation>Valores (1 %, 50 %, 99 %)</translation>
</message>
<message>
<source>Verdict</source>
<translation>Veredicto</translation>
</message>
<message>
<source>Wanted</source>
<translation>Se quiere</translation>
</message>
<message>
<source>Warnings</source>
<translation>Advertencias</translation>
</message>
<message>
<source>What --mean and --std act on: physical values, or stored numbers.</source>
<translation>Sobre qué actúan --mean y --std: valores físicos o números guardados.</translation>
</message>
<message>
<source>What is unusual</source>
<translation>Qué es inusual</translation>
</message>
<message>
<source>What is unusual about the scene</source>
<translation>Qué es inusual en la escena</translation>
</message>
<message>
<source>What the calibration tiles cover</source>
<translation>Lo que cubren las teselas de calibración</translation>
</message>
<message>
<source>What the model will run on</source>
<translation>En qué se ejecutará el modelo</translation>
</message>
<message>
<source>What the model will run on, which decides its kinds of integers. It need not be this computer.</source>
<translation>En qué se ejecutará el modelo, lo que decide sus tipos de enteros. No tiene que ser este equipo.</translation>
</message>
<message>
<source>What the model's output holds</source>
<translation>Qué contiene la salida del modelo</translation>
</message>
<message>
<source>What the model's output holds: scores before or after softmax, or class values. Maps need one of these.</source>
<translation>Qué contiene la salida del modelo: puntuaciones antes o después de softmax, o valores de clase. Los mapas necesitan una de ellas.</translation>
</message>
<message>
<source>What the normalization acts on</source>
<translation>Sobre qué actúa la normalización</translation>
</message>
<message>
<source>What the scene's bands are, in its order, where it does not name them.</source>
<translation>Qué son las bandas de la escena, en su orden, donde ella no las nombra.</translation>
</message>
<message>
<source>What the values of a mask that is a class raster mean: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Values that are not named are left to spectral tests.</source>
<translation>Qué significan los valores de una máscara que es un ráster de clases: clear, water, snow, thick cloud, thin cloud, cloud edge, shadow. Los valores no nombrados quedan para las pruebas espectrales.</translation>
</message>
<message>
<source>What to do</source>
<translation>Qué hacer</translation>
</message>
<message>
<source>What told the strata</source>
<translation>Qué dio los estratos</translation>
</message>
<message>
<source>What was done and noticed</source>
<translation>Lo que se hizo y se notó</translation>
</message>
<message>
<source>What “Quantize model” made of it.</source>
<translation>Lo que «Cuantizar modelo» hizo de él.</translation>
</message>
<message>
<source>Where scenes overlap</source>
<translation>Donde se solapan las escenas</translation>
</message>
<message>
<source>Whether no problem was found</source>
<translation>Si no se encontró ningún problema</translation>
</message>
<message>
<source>Whether the gate holds</source>
<translation>Si se cumple el umbral</translation>
</message>
<message>
<source>Whether the scene fits the model</source>
<translation>Si la escena encaja con el modelo</translation>
</message>
<message>
<source>Which model shall classify what the map shows?</source>
<translation>¿Qué modelo debe clasificar lo que muestra el mapa?</translation>
</message>
<message>
<source>Without a model the first scene's bands are taken as they are, and 64 px are left between tiles.</source>
<translation>Sin modelo se toman las bandas de la primera escena como están, y quedan 64 px entre las teselas.</translation>
</message>
<message>
<source>Work in INT8</source>
<translation>Trabajo en INT8</translation>
</message>
<message>
<source>Write no data where the scene can't be read, and count it.</source>
<translation>Escribir sin datos donde no se puede leer la escena, y contarlo.</translation>
</message>
<message>
<source>Writing polygons</source>
<translation>Escribiendo polígonos</translation>
</message>
<message>
<source>Writing the map</source>
<translation>Escribiendo el mapa</translation>
</message>
<message>
<source>Writing the map of confidence</source>
<translation>Escribiendo el mapa de confianza</translation>
</message>
<message>
<source>accuracy</source>
<translation>exactitud</translation>
</message>
<message>
<source>bands</source>
<translation>bandas</translation>
</message>
<message>
<source>batch</source>
<translation>lote</translation>
</message>
<message>
<source>calibrates</source>
<translation>calibra</translation>
</message>
<message>
<source>calibration</source>
<translation>calibración</translation>
</message>
<message>
<source>check</source>
<translation>comprobar</translation>
</message>
<message>
<source>choose a model, or type its path</source>
<translation>elija un modelo, o escriba su ruta</translation>
</message>
<message>
<source>choose a raster file, a VRT or an address that GDAL reads (/vsicurl/…).</source>
<translation>elija un archivo ráster, un VRT o una dirección que lea GDAL (/vsicurl/…).</translation>
</message>
<message>
<source>cloud</source>
<translation>nube</translation>
</message>
<message>
<source>compress</source>
<translation>comprimir</translation>
</message>
<message>
<source>conditions</source>
<translation>condiciones</translation>
</message>
<message>
<source>covered</source>
<translation>cubiertos</translation>
</message>
<message>
<source>deep learning</source>
<translation>aprendizaje profundo</translation>
</message>
<message>
<source>dependencies</source>
<translation>dependencias</translation>
</message>
<message>
<source>diagnose</source>
<translation>diagnóstico</translation>
</message>
<message>
<source>environment</source>
<translation>entorno</translation>
</message>
<message>
<source>evaluate</source>
<translation>evaluar</translation>
</message>
<message>
<source>fit</source>
<translation>encajar</translation>
</message>
<message>
<source>float</source>
<translation>float</translation>
</message>
<message>
<source>folder</source>
<translation>carpeta</translation>
</message>
<message>
<source>gate</source>
<translation>umbral</translation>
</message>
<message>
<source>geoquant goes on with {}, which is named in the options of Processing or by GEOQUANT_PYTHON.</source>
<translation>geoquant sigue con {}, que está nombrado en las opciones de Procesos o por GEOQUANT_PYTHON.</translation>
</message>
<message>
<source>geoquant's log</source>
<translation>Registro de geoquant</translation>
</message>
<message>
<source>geoquant's message</source>
<translation>Mensaje de geoquant</translation>
</message>
<message>
<source>geoquant's own Python environment is missing. Run “Set up environment” (Processing toolbox, geoquant), which makes it once, or choose a Python that has geoquant's packages in the options of Processing.</source>
<translation>Falta el entorno de Python propio de geoquant. Ejecute «Instalar el entorno» (caja de herramientas de Procesos, geoquant), que lo crea una vez, o elija en las opciones de Procesos un Python que tenga los paquetes de geoquant.</translation>
</message>
<message>
<source>geoquant: INT8 and float CNNs over rasters of any size</source>
<translation>geoquant: CNN INT8 y float sobre rásteres de cualquier tamaño</translation>
</message>
<message>
<source>install</source>
<translation>instalar</translation>
</message>
<message>
<source>int8</source>
<translation>int8</translation>
</message>
<message>
<source>its metadata hold {} bytes, which is absurd</source>
<translation>sus metadatos tienen {} bytes, lo que no puede ser</translation>
</message>
<message>
<source>judges</source>
<translation>juzga</translation>
</message>
<message>
<source>land cover</source>
<translation>cobertura del suelo</translation>
</message>
<message>
<source>many scenes</source>
<translation>muchas escenas</translation>
</message>
<message>
<source>mask</source>
<translation>máscara</translation>
</message>
<message>
<source>metadata</source>
<translation>metadatos</translation>
</message>
<message>
<source>missed</source>
<translation>sin cubrir</translation>
</message>
<message>
<source>model</source>
<translation>modelo</translation>
</message>
<message>
<source>model card</source>
<translation>ficha del modelo</translation>
</message>
<message>
<source>mosaic</source>
<translation>mosaico</translation>
</message>
<message>
<source>no data is {}</source>
<translation>sin datos es {}</translation>
</message>
<message>
<source>none</source>
<translation>ninguno</translation>
</message>
<message>
<source>nothing</source>
<translation>nada</translation>
</message>
<message>
<source>offset</source>
<translation>desplazamiento</translation>
</message>
<message>
<source>onnx</source>
<translation>onnx</translation>
</message>
<message>
<source>packages</source>
<translation>paquetes</translation>
</message>
<message>
<source>pip</source>
<translation>pip</translation>
</message>
<message>
<source>problem</source>
<translation>problema</translation>
</message>
<message>
<source>python</source>
<translation>python</translation>
</message>
<message>
<source>quality</source>
<translation>calidad</translation>
</message>
<message>
<source>quantization</source>
<translation>cuantización</translation>
</message>
<message>
<source>report</source>
<translation>informe</translation>
</message>
<message>
<source>sampling</source>
<translation>muestreo</translation>
</message>
<message>
<source>scale</source>
<translation>escala</translation>
</message>
<message>
<source>scene</source>
<translation>escena</translation>
</message>
<message>
<source>segmentation</source>
<translation>segmentación</translation>
</message>
<message>
<source>shadow</source>
<translation>sombra</translation>
</message>
<message>
<source>snow</source>
<translation>nieve</translation>
</message>
<message>
<source>speed</source>
<translation>velocidad</translation>
</message>
<message>
<source>strata</source>
<translation>estratos</translation>
</message>
<message>
<source>the card in {} is damaged ({})</source>
<translation>la ficha de {} está dañada ({})</translation>
</message>
<message>
<source>the file is not an ONNX model, or it is cut off</source>
<translation>el archivo no es un modelo ONNX o está cortado</translation>
</message>
<message>
<source>tiles</source>
<translation>teselas</translation>
</message>
<message>
<source>trained at {} m</source>
<translation>entrenado a {} m</translation>
</message>
<message>
<source>unbounded: tiles are blended</source>
<translation>ilimitado: las teselas se funden</translation>
</message>
<message>
<source>water</source>
<translation>agua</translation>
</message>
<message>
<source>{} bytes, {} of float</source>
<translation>{} bytes, {} de float</translation>
</message>
<message>
<source>{} is unusual for this model.</source>
<translation>{} es inusual para este modelo.</translation>
</message>
<message>
<source>{} of {} conditions proved</source>
<translation>{} de {} condiciones demostradas</translation>
</message>
<message>
<source>{} parameters, {}</source>
<translation>{} parámetros, {}</translation>
</message>
<message>
<source>{} scenes</source>
<translation>{} escenas</translation>
</message>
<message>
<source>{}: INT8 keeps at worst {} of the classes, at {} of the size.</source>
<translation>{}: INT8 conserva en el peor caso {} de las clases, con {} del tamaño.</translation>
</message>
<message>
<source>{}: areas</source>
<translation>{}: áreas</translation>
</message>
<message>
<source>{}: calibration tiles</source>
<translation>{}: teselas de calibración</translation>
</message>
<message>
<source>{}: confidence</source>
<translation>{}: confianza</translation>
</message>
<message>
<source>{}: drift</source>
<translation>{}: deriva</translation>
</message>
<message>
<source>{}: polygons</source>
<translation>{}: polígonos</translation>
</message>
<message>
<source>{}: same class as float</source>
<translation>{}: misma clase que float</translation>
</message>
<message>
<source>{}: strata</source>
<translation>{}: estratos</translation>
</message>
<message>
<source>{}: {}, {} {}/s, {} left</source>
<translation>{}: {}, {} {}/s, faltan {}</translation>
</message>
<message>
<source>{}; download it, or give GDAL the password by its own means.</source>
<translation>{}; descárguela, o dé la contraseña a GDAL por sus propios medios.</translation>
</message>
<message>
<source>{}; save it as a file first (Export, Save As).</source>
<translation>{}; guárdela antes como archivo (Exportar, Guardar como).</translation>
</message>
<message>
<source>“Quantize model” and “Compare models” choose and judge tiles by them. A quality mask says best what is what; without one, the product's own or spectral tests do.</source>
<translation>«Cuantizar modelo» y «Comparar modelos» eligen y juzgan teselas según ellas. Una máscara de calidad dice mejor qué es qué; sin ella, la del producto o pruebas espectrales.</translation>
</message>
<message>
<source>“{}” comes from a {} service, which gives pictures instead of measured values</source>
<translation>«{}» viene de un servicio {}, que da imágenes en vez de valores medidos</translation>
</message>
<message>
<source>“{}” comes from “{}”, which geoquant can't read</source>
<translation>«{}» viene de «{}», que geoquant no puede leer</translation>
</message>
<message>
<source>“{}” exists only in the memory of QGIS</source>
<translation>«{}» existe solo en la memoria de QGIS</translation>
</message>
<message>
<source>“{}” has {} rasters for {} scenes; give one per scene, in the same order, or none.</source>
<translation>«{}» tiene {} rásteres para {} escenas; dé uno por escena, en el mismo orden, o ninguno.</translation>
</message>
<message>
<source>“{}” is not a raster layer; choose a raster.</source>
<translation>«{}» no es una capa ráster; elija un ráster.</translation>
</message>
<message>
<source>“{}” is written as GeoTIFF, which {} is not: give a file whose name ends in {}.</source>
<translation>«{}» se escribe como GeoTIFF, y {} no lo es: indique un archivo cuyo nombre termine en {}.</translation>
</message>
<message>
<source>“{}” needs a password that only QGIS has</source>
<translation>«{}» necesita una contraseña que solo tiene QGIS</translation>
</message>
<message>
<source>“{}” was opened with the GDAL options {}, which geoquant does not know; save it as a VRT first.</source>
<translation>«{}» se abrió con las opciones de GDAL {}, que geoquant no conoce; guárdela antes como VRT.</translation>
</message>
</context>
</TS>
